using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>What must hold to save targets: less than to upgrade them. Nothing is written there, and no journal is needed.</summary>
public static class SaveCheck
{
    /// <param name="skipUnreachable">Instances that cannot be reached are reported and left out, and refuse nothing.</param>
    public static IReadOnlyList<Problem> Find(IEnumerable<TargetState> states, bool skipUnreachable)
    {
        List<Problem> problems = [];
        foreach (var state in states)
            if (state.Unreachable is { } unreachable)
                problems.Add(ConnectionProblem.Skippable(state.Target, unreachable, skipUnreachable));
            else
                problems.AddRange([.. ServerCheck.Find(state), .. ExistenceCheck.Find(state), .. PoolerCheck.Find(state)]);
        return Problem.Together(problems);
    }

    /// <summary>Names of servers may hide that a database is not its instance's alone: localhost and 127.0.0.1.</summary>
    public static IReadOnlyList<TargetState> WithOwnDatabases(IReadOnlyList<TargetState> states)
    {
        var shared = states.Where(state => state.Identity.Length > 0).GroupBy(DatabaseOf).Where(group => group.Count() > 1)
            .Select(group => group.Key).ToHashSet();
        return shared.Count == 0 || states.All(state => !state.Target.OwnDatabase) ? states :
        [
            .. states.Select(state => state.Target.OwnDatabase && state.Identity.Length > 0 && shared.Contains(DatabaseOf(state))
                ? state with { Target = state.Target with { OwnDatabase = false } } : state),
        ];
    }

    /// <summary>Without the schema, which comes last.</summary>
    private static string DatabaseOf(TargetState state) => string.Join('/', state.Identity.Split('/').Take(2));

    /// <summary>Whether there is something to save: reached, and not still to be made.</summary>
    public static bool HasSomething(TargetState state) =>
        state is { Target: { Active: true, ToBeMade: false }, Unreachable: null, DatabaseMissing: false, SchemaMissing: false };
}
