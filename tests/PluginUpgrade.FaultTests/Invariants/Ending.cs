namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>I8: the exit code and the last line of output agree with what is there.</summary>
internal static class Ending
{
    public static IEnumerable<Violation> Find(IReadOnlyList<TargetState> states, ProgramEnd end)
    {
        var left = states
            .SelectMany(state => state.Target.Modules.Except(state.DoneByJournal), (state, module) => $"{state.Target} {module}").ToList();
        var failed = states.SelectMany(state => state.Journal).Where(line => line.State == "failed").Select(line => line.Text).ToList();
        var (last, lastError) = (LastLine(end.Output), LastLine(end.Error));
        switch (end.ExitCode)
        {
            case 0:
                if (left.Count > 0) yield return new Violation("I8", "exit code 0", $"not done: {string.Join(", ", left)}");
                if (failed.Count > 0) yield return new Violation("I8", "exit code 0", $"failed: {string.Join(", ", failed)}");
                if (!Says(last, "Done: ", "Nothing to do: ")) yield return new Violation("I8", "exit code 0", $"the last line is '{last}'");
                break;
            case 1:
                if (left.Count == 0 && failed.Count == 0 && !IsOneBehind(states, end))
                    yield return new Violation("I8", "exit code 1", "but all is done");
                // The lines after 'Failed' name the targets, on standard error.
                if (!Says(last, "Failed: ")) yield return new Violation("I8", "exit code 1", $"the last line is '{last}'");
                if (!Says(lastError, "failed: ")) yield return new Violation("I8", "exit code 1", $"the last error is '{lastError}'");
                break;
            case 2:
                if (!Says(lastError, "refused: ")) yield return new Violation("I8", "exit code 2", $"the last error is '{lastError}'");
                break;
            default:
                yield return new Violation("I8", $"exit code {end.ExitCode}", $"is none that a run ends with; the last line is '{last}'");
                break;
        }
    }

    /// <summary>
    /// A version without a module for a target is only recorded there, and may be what the run failed at. All targets have one goal, and
    /// the names of versions sort as versions do.
    /// </summary>
    private static bool IsOneBehind(IReadOnlyList<TargetState> states, ProgramEnd end)
    {
        var told = end.Error.Split('\n').Where(line => line.Contains(": FAILED, ", StringComparison.Ordinal))
            .Select(line => line.Split(' ', ':')[0]).ToHashSet();
        var newest = states.Select(Reached).Max(StringComparer.Ordinal);
        return states.Any(state => Reached(state) != newest
            && told.Contains(state.Target.Scope == "installation" ? "installation" : state.Target.Name));
    }

    private static string? Reached(TargetState state) => state.Journal
        .Where(line => line.State is "done" or "baseline").Select(line => line.Version).Max(StringComparer.Ordinal);

    private static bool Says(string line, params string[] beginnings) =>
        beginnings.Any(text => line.StartsWith(text, StringComparison.Ordinal));

    private static string LastLine(string text) => text.TrimEnd('\n').Split('\n')[^1];
}
