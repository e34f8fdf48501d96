namespace PluginUpgrade.Swaps.Refusals;

/// <summary>A schema that has one of the names which a side-by-side upgrade needs.</summary>
/// <param name="IsOurs">Whether krang-upgrade made it, so that <c>purge</c> removes it.</param>
internal sealed record Leftover(Target Target, string Schema, bool IsOurs)
{
    /// <summary>The most targets that one command names.</summary>
    private const int Named = 50;

    /// <summary>Those of all targets together: one command clears them.</summary>
    public static IEnumerable<Problem> Problems(IReadOnlyList<Leftover> leftovers)
    {
        foreach (var some in leftovers.Where(one => one.IsOurs).Chunk(Named))
            yield return new Problem("KU-8002", Names(some),
                $"Schemas of an earlier side-by-side upgrade are still there: {Schemas(some)}. Only one is kept of each.",
                $"If nobody needs them any more (no rollback is possible then): {NextCommand.Of("purge" + Arguments(some))}");
        foreach (var some in leftovers.Where(one => !one.IsOurs).Chunk(Named))
            yield return new Problem("KU-8002", Names(some),
                $"The upgrade needs names that other schemas have: {Schemas(some)}. krang-upgrade did not make these.",
                "Rename or drop them: "
                    + string.Join("; ", some.Select(one => NextCommand.Of($"psql{one.Target.Argument} --command "
                        + NextCommand.Quote($"ALTER SCHEMA {PostgresName.Quote(one.Schema)} RENAME TO {Free(one.Schema)}")))));
    }

    private static string Free(string schema) => PostgresName.Quote(schema.Replace("__", "_old_", StringComparison.Ordinal));

    private static string Names(Leftover[] some) => Problem.Join([.. some.Select(one => $"{one.Target}").Distinct()]);

    private static string Schemas(Leftover[] some) => Problem.Join([.. some.Select(one => one.Schema)]);

    private static string Arguments(Leftover[] some) => string.Concat(some.Select(one => one.Target.Argument).Distinct());
}
