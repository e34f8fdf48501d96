using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>All checks over what was read of the targets. They read nothing themselves and change nothing.</summary>
public static class Preflight
{
    /// <param name="skipUnreachable">Instances that cannot be reached are reported and left out, and refuse nothing.</param>
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

    /// <summary>Whether the target can be planned for: reachable, there or to be made, with a journal that can be read.</summary>
    public static bool IsUsable(TargetState state) =>
        state.Unreachable is null
        && !ServerCheck.Find(state).Concat(ExistenceCheck.Find(state)).Concat(JournalCheck.Find(state)).HaveErrors();
}
