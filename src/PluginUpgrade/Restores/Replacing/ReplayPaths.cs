using Npgsql;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// The search paths under which a script is replayed. pg_dump writes most names with their schema, but not the operator in <c>NULLIF</c>,
/// <c>CASE</c>, <c>IS DISTINCT FROM</c> and <c>USING</c>, nor names in a function's text. These are resolved by the search path, and are
/// restored correctly only under one like that of their creation. The comparison at the end shows whether it was the right one.
/// </summary>
internal static class ReplayPaths
{
    /// <param name="ofSteps">The setting <c>Run:SearchPath</c>.</param>
    /// <param name="ofExtensions">Schemas in which extensions are installed.</param>
    /// <returns>The most likely first.</returns>
    public static IReadOnlyList<string> Of(string schema, IReadOnlyList<string> ofSteps, IEnumerable<string> ofExtensions)
    {
        List<string> steps = [schema, .. ofSteps];
        return
        [
            .. new[] { Path(steps), Path([.. steps, "public", .. ofExtensions.Order(StringComparer.Ordinal)]), "" }
                .Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// Whether another search path may succeed after this failure: the server rejected what a statement says, or its result differs from
    /// what was saved. Missing rights, locks and a full disk do not depend on the search path.
    /// </summary>
    public static bool MayMatter(Exception e) =>
        e is UpgradeException { Problems: [{ Code: "KU-7063" }] }
        || e is PostgresException { SqlState: var state } && state != PostgresErrorCodes.InsufficientPrivilege
            && state[..2] is "0A" or "21" or "22" or "23" or "2F" or "38" or "39" or "42" or "P0";

    /// <summary>PostgreSQL's own names are found first if the path does not name their schema.</summary>
    private static string Path(IEnumerable<string> schemas) => string.Join(", ",
        schemas.Where(name => name != "pg_catalog").Distinct(StringComparer.Ordinal).Select(PostgresName.Quote));
}
