using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.Refusals;

/// <summary>
/// Finds schemas with the names that a side-by-side upgrade needs. One that was left by an interrupted build of the same module is none:
/// the upgrade continues it, or begins again.
/// </summary>
internal static class LeftoverReader
{
    private sealed record Found(string Live, string Name, string? Comment, bool IsEmpty, bool HasJournal);

    public static async Task<IReadOnlyList<Leftover>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<SwapTarget> targets, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var names = targets.SelectMany(target => BesideNames.All(target.Live).Select(name => (target.Live, Name: name))).ToList();
        var found = batch.Add(NamesSql, row => new Found(
                row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetBoolean(3), row.GetBoolean(4)),
            Sql.Array(names.Select(one => one.Live)), Sql.Array(names.Select(one => one.Name)), Journal.TableName, Journal.Format);
        await batch.ReadAsync(cancellationToken);
        var journals = await JournalsAsync(
            connection, [.. found.Where(IsNext).Where(one => one.HasJournal).Select(one => one.Name)], cancellationToken);
        var swapped = targets.ToDictionary(target => target.Live);
        return
        [
            .. from one in found
               where !IsNext(one) || !(one.IsEmpty || IsOfInterruptedBuild(journals[one.Name], swapped[one.Live].Modules))
               select new Leftover(swapped[one.Live].Target, one.Name, one.HasJournal || KeptNote.Read(one.Comment).Note is not null),
        ];

        static bool IsNext(Found one) => one.Name == BesideNames.Next(one.Live);
    }

    /// <summary>The only row of its version is that of the module, and it is not done.</summary>
    private static bool IsOfInterruptedBuild(IEnumerable<JournalRow> rows, IEnumerable<UpgradeModule> modules) =>
        modules.Any(module => rows.Where(row => row.Component == module.Component && row.Version == module.Version).ToList()
            is [{ State: StepState.Running or StepState.Failed }]);

    private static async Task<ILookup<string, JournalRow>> JournalsAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        if (schemas.Count == 0) return Enumerable.Empty<string>().ToLookup(schema => schema, _ => default(JournalRow)!);
        var found = await JournalReader.ReadAsync(connection, schemas, cancellationToken);
        return found.Where(one => one.Key.Scope == Scope.Instance)
            .SelectMany(one => one.Value.Rows.Select(row => (one.Key.Schema, row))).ToLookup(one => one.Schema, one => one.row);
    }

    /// <summary><c>$1</c>, <c>$2</c>: pairs of live schema and name beside it; <c>$3</c>, <c>$4</c>: the journal, its comment.</summary>
    private const string NamesSql = """
        SELECT k.live, k.name, pg_catalog.obj_description(n.oid, 'pg_namespace'),
               NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid),
               EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = $3 AND c.relkind = 'r'
                         AND pg_catalog.obj_description(c.oid, 'pg_class') = $4
                         AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
        FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS k(live, name)
        JOIN pg_catalog.pg_namespace n ON n.nspname = k.name
        ORDER BY 1, 2
        """;
}
