using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>All checks on the state that was read of the targets. They do not connect and change nothing.</summary>
public static class Preflight
{
    /// <param name="skipUnreachable">
    /// Whether instances that cannot be reached are left out with a warning, instead of refusing the run.
    /// </param>
    public static IReadOnlyList<Problem> Find(IReadOnlyList<TargetState> states, bool skipUnreachable)
    {
        List<Problem> problems = [.. SameSchemaCheck.Find(states)];
        foreach (var state in states.Where(state => state.Target.Active))
            if (state.Unreachable is { } unreachable)
                problems.Add(ConnectionProblem.Skippable(state.Target, unreachable, skipUnreachable));
            else
                problems.AddRange(
                [
                    .. ServerCheck.Find(state), .. ExistenceCheck.Find(state), .. RightsCheck.Find(state), .. PoolerCheck.Find(state),
                    .. JournalCheck.Find(state),
                ]);
        return Problem.Together(problems);
    }

    /// <summary>
    /// Whether a plan can be made for the target: it can be reached, it exists or will be created, and its journal can be read.
    /// </summary>
    public static bool IsUsable(TargetState state) =>
        state.Unreachable is null
        && !ServerCheck.Find(state).Concat(ExistenceCheck.Find(state)).Concat(JournalCheck.Find(state)).HaveErrors();
}
