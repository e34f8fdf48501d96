using PluginUpgrade.Journals;

namespace PluginUpgrade.Checks;

/// <summary>What must hold to save targets: less than to upgrade them. Nothing is written there, and no journal is needed.</summary>
public static class SaveCheck
{
    /// <param name="skipUnreachable">The user goes on without instances that cannot be reached: told, not refused.</param>
    public static IReadOnlyList<Problem> Find(IEnumerable<TargetFacts> facts, bool skipUnreachable)
    {
        List<Problem> problems = [];
        foreach (var fact in facts)
            if (fact.Unreachable is { } unreachable)
                problems.Add(skipUnreachable && fact.Target.Scope == Scope.Instance
                    ? unreachable with { Severity = Severity.Warning }
                    : unreachable);
            else
                problems.AddRange([.. ServerCheck.Find(fact), .. PlaceCheck.Find(fact), .. PoolerCheck.Find(fact)]);
        return Problem.Together(problems);
    }

    /// <summary>Whether there is something to save: reached, and not still to be made.</summary>
    public static bool HasSomething(TargetFacts fact) =>
        fact is { Target: { Active: true, ToBeMade: false }, Unreachable: null, DatabaseMissing: false, SchemaMissing: false };
}
