using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>No target's schema has an invalid index, which an interrupted CREATE INDEX CONCURRENTLY leaves behind.</summary>
public static class InvalidIndexCheck
{
    /// <param name="dealtWith">Targets with an interrupted step that will continue: the step removes what it left behind.</param>
    public static IEnumerable<Problem> Find(CheckedDatabase database, IReadOnlySet<Target> dealtWith) =>
        from index in database.Contents.InvalidIndexes
        from target in database.In(index.Schema).Take(1)
        where !dealtWith.Contains(target)
        select new Problem("KU-3217", $"{target}",
            $"The index {index.Name} on {index.Table} is invalid: no query uses it, but every write maintains it. "
                + "An interrupted CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left it.",
            Remedy(target, index), Severity.Warning);

    private static string Remedy(Target target, InvalidIndex index)
    {
        var name = PostgresName.Quote(index.Name);
        // REINDEX CONCURRENTLY leaves a copy behind: the original index still exists.
        var (what, sql) = IsCopy(index.Name) ? ("Remove it", $"DROP INDEX CONCURRENTLY {name}")
            : ($"Remove it (DROP INDEX CONCURRENTLY {name}) if nobody needs it; or build it again", $"REINDEX INDEX CONCURRENTLY {name}");
        return $"{what}: {NextCommand.Of($"psql{target.Argument} --command {NextCommand.Quote(sql)}")}";
    }

    private static bool IsCopy(string name)
    {
        var plain = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return plain.EndsWith("_ccnew", StringComparison.Ordinal) || plain.EndsWith("_ccold", StringComparison.Ordinal);
    }
}
