using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>All checks over what was read of the targets. They read nothing themselves and change nothing.</summary>
public static class Preflight
{
    /// <param name="skipUnreachable">The user goes on without instances that cannot be reached: told, not refused.</param>
    public static IReadOnlyList<Problem> Find(IReadOnlyList<TargetState> facts, bool skipUnreachable)
    {
        List<Problem> problems = [.. SameSchemaCheck.Find(facts)];
        foreach (var fact in facts.Where(fact => fact.Target.Active))
            if (fact.Unreachable is { } unreachable)
                problems.Add(skipUnreachable && fact.Target.Scope == Scope.Instance
                    ? unreachable with { Severity = Severity.Warning }
                    : unreachable);
            else
                problems.AddRange(
                [
                    .. ServerCheck.Find(fact), .. ExistenceCheck.Find(fact), .. RightsCheck.Find(fact), .. PoolerCheck.Find(fact),
                    .. JournalCheck.Find(fact),
                ]);
        return Problem.Together(problems);
    }

    /// <summary>Whether the target can be planned for: reachable, there or to be made, with a journal that can be read.</summary>
    public static bool IsUsable(TargetState fact) =>
        fact.Unreachable is null
        && !ServerCheck.Find(fact).Concat(ExistenceCheck.Find(fact)).Concat(JournalCheck.Find(fact))
            .Any(problem => problem.Severity == Severity.Error);
}
