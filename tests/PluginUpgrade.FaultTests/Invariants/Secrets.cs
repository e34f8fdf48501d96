namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>I9: the canary is nowhere but in the settings.</summary>
internal static class Secrets
{
    public static IEnumerable<Violation> Find(Expectation expected, IReadOnlyList<TargetState> states, ProgramEnd end)
    {
        if (Holds(end.Output)) yield return new Violation("I9", "standard output", "holds the password");
        if (Holds(end.Error)) yield return new Violation("I9", "standard error", "holds the password");
        foreach (var state in states.Where(state => state.Journal.Any(line => Holds(line.Text))))
            yield return new Violation("I9", $"{state.Target}", "its journal holds the password");
        foreach (var file in Directory.EnumerateFiles(expected.Root, "*", SearchOption.AllDirectories))
            if (Path.GetExtension(file) != ".dll" && Path.GetFileName(file) != "krang-upgrade.json" && Holds(File.ReadAllText(file)))
                yield return new Violation("I9", Path.GetRelativePath(expected.Root, file), "holds the password");

        bool Holds(string text) => text.Contains(expected.Canary, StringComparison.Ordinal);
    }
}
