using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>What must hold to save targets: less than to upgrade them. Nothing is written there, and no journal is needed.</summary>
public static class SaveCheck
{
    /// <param name="skipUnreachable">The user goes on without instances that cannot be reached: told, not refused.</param>
    public static IReadOnlyList<Problem> Find(IEnumerable<TargetState> facts, bool skipUnreachable)
    {
        List<Problem> problems = [];
        foreach (var fact in facts)
            if (fact.Unreachable is { } unreachable)
                problems.Add(skipUnreachable && fact.Target.Scope == Scope.Instance
                    ? unreachable with { Severity = Severity.Warning }
                    : unreachable);
            else
                problems.AddRange([.. ServerCheck.Find(fact), .. ExistenceCheck.Find(fact), .. PoolerCheck.Find(fact)]);
        return Problem.Together(problems);
    }

    /// <summary>Names of servers may hide that a database is not its instance's alone: localhost and 127.0.0.1.</summary>
    public static IReadOnlyList<TargetState> WithOwnDatabases(IReadOnlyList<TargetState> facts)
    {
        var shared = facts.Where(fact => fact.Identity.Length > 0).GroupBy(DatabaseOf).Where(group => group.Count() > 1)
            .Select(group => group.Key).ToHashSet();
        return shared.Count == 0 || facts.All(fact => !fact.Target.OwnDatabase) ? facts :
        [
            .. facts.Select(fact => fact.Target.OwnDatabase && fact.Identity.Length > 0 && shared.Contains(DatabaseOf(fact))
                ? fact with { Target = fact.Target with { OwnDatabase = false } } : fact),
        ];
    }

    /// <summary>Without the schema, which comes last.</summary>
    private static string DatabaseOf(TargetState fact) => string.Join('/', fact.Identity.Split('/').Take(2));

    /// <summary>Whether there is something to save: reached, and not still to be made.</summary>
    public static bool HasSomething(TargetState fact) =>
        fact is { Target: { Active: true, ToBeMade: false }, Unreachable: null, DatabaseMissing: false, SchemaMissing: false };
}
