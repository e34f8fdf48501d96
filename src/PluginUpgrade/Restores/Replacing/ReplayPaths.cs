using Npgsql;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Under which <c>search_path</c> a script is read. pg_dump names what it can with its schema, and not what has no such form: the
/// comparison in <c>NULLIF</c>, <c>CASE</c>, <c>IS DISTINCT FROM</c>, <c>USING</c>; nor what is in a function's text. All that is found by
/// the path, and comes back as it was only under one like that under which it was made. Which one that is the end tells.
/// </summary>
internal static class ReplayPaths
{
    /// <param name="ofSteps">The setting <c>Run:SearchPath</c>.</param>
    /// <param name="ofExtensions">Schemas in which extensions are installed.</param>
    /// <returns>The likeliest first.</returns>
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
    /// Whether another path may do after this failure: the server has read and understood something, and did not like it; or it understood
    /// it otherwise than before. A right that is refused, a lock or a full disk has nothing to do with paths.
    /// </summary>
    public static bool MayMatter(Exception e) =>
        e is UpgradeException { Problems: [{ Code: "KU-7063" }] }
        || e is PostgresException { SqlState: var state } && state != PostgresErrorCodes.InsufficientPrivilege
            && state[..2] is "0A" or "21" or "22" or "23" or "2F" or "38" or "39" or "42" or "P0";

    /// <summary>PostgreSQL's own names are found first where the path does not name their schema.</summary>
    private static string Path(IEnumerable<string> schemas) => string.Join(", ",
        schemas.Where(name => name != "pg_catalog").Distinct(StringComparer.Ordinal).Select(PostgresName.Quote));
}
