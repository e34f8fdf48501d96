using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>
/// The checks before a save. They are fewer than for an upgrade: a save writes nothing to the target and needs no journal.
/// </summary>
public static class SaveCheck
{
    /// <param name="skipUnreachable">
    /// Whether instances that cannot be reached are left out with a warning, instead of refusing the save.
    /// </param>
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

    /// <summary>
    /// Corrects <see cref="Target.OwnDatabase"/>: different server names (localhost and 127.0.0.1) can hide that targets share a database.
    /// </summary>
    public static IReadOnlyList<TargetState> WithOwnDatabases(IReadOnlyList<TargetState> states)
    {
        var shared = states.Where(state => state.Identity.Length > 0).GroupBy(DatabaseOf).Where(group => group.Count() > 1)
            .Select(group => group.Key).ToHashSet();
        return shared.Count == 0 || states.All(state => !state.Target.OwnDatabase) ? states :
        [
            .. states.Select(state => state.Target.OwnDatabase && state.Identity.Length > 0 && shared.Contains(DatabaseOf(state))
                ? state with { Target = state.Target with { OwnDatabase = false, SharesDatabase = true }, Kept = [] } : state),
        ];
    }

    /// <summary>The identity without the schema, which is its last part.</summary>
    private static string DatabaseOf(TargetState state) => string.Join('/', state.Identity.Split('/').Take(2));

    /// <summary>Whether there is something to save: the target was reached, and exists.</summary>
    public static bool HasSomething(TargetState state) =>
        state is { Target: { Active: true, ToBeMade: false }, Unreachable: null, DatabaseMissing: false, SchemaMissing: false };
}
