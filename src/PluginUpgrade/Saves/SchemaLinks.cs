using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves;

/// <summary>How saved schemas depend on each other, and how other objects depend on them.</summary>
/// <param name="Inside">Pairs of saved schemas: objects of the first depend on objects of the second.</param>
/// <param name="ExternalDependents">By saved schema, the objects elsewhere that depend on it.</param>
/// <param name="Extensions">By saved schema, the extensions that it uses.</param>
public sealed record SchemaLinks(
    IReadOnlyCollection<(string From, string To)> Inside, IReadOnlyDictionary<string, IReadOnlyList<string>> ExternalDependents,
    IReadOnlyDictionary<string, IReadOnlyList<SavedExtension>> Extensions)
{
    public static SchemaLinks None { get; } =
        new([], new Dictionary<string, IReadOnlyList<string>>(), new Dictionary<string, IReadOnlyList<SavedExtension>>());

    /// <summary>Each object with its schema; an event trigger has none.</summary>
    private const string Places = """
        WITH saved AS (SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n JOIN unnest($1::text[]) AS s(name) ON n.nspname = s.name),
        places AS (
          SELECT 'pg_catalog.pg_class'::regclass AS classid, oid AS objid, relnamespace AS schema FROM pg_catalog.pg_class
          UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid, typnamespace FROM pg_catalog.pg_type
          UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid, pronamespace FROM pg_catalog.pg_proc
          UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid, oprnamespace FROM pg_catalog.pg_operator
          UNION ALL SELECT 'pg_catalog.pg_collation'::regclass, oid, collnamespace FROM pg_catalog.pg_collation
          UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, oid, cfgnamespace FROM pg_catalog.pg_ts_config
          UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, oid, connamespace FROM pg_catalog.pg_constraint
          UNION ALL SELECT 'pg_catalog.pg_rewrite'::regclass, x.oid, c.relnamespace
            FROM pg_catalog.pg_rewrite x JOIN pg_catalog.pg_class c ON c.oid = x.ev_class
          UNION ALL SELECT 'pg_catalog.pg_trigger'::regclass, x.oid, c.relnamespace
            FROM pg_catalog.pg_trigger x JOIN pg_catalog.pg_class c ON c.oid = x.tgrelid
          UNION ALL SELECT 'pg_catalog.pg_policy'::regclass, x.oid, c.relnamespace
            FROM pg_catalog.pg_policy x JOIN pg_catalog.pg_class c ON c.oid = x.polrelid
          UNION ALL SELECT 'pg_catalog.pg_attrdef'::regclass, x.oid, c.relnamespace
            FROM pg_catalog.pg_attrdef x JOIN pg_catalog.pg_class c ON c.oid = x.adrelid
          UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, oid, NULL FROM pg_catalog.pg_event_trigger),
        members AS (SELECT classid, objid, refobjid AS extension FROM pg_catalog.pg_depend WHERE deptype = 'e')
        """;

    /// <summary>Only objects outside are described: that takes longer than all the rest.</summary>
    private const string LinksSql = $"""
        {Places}
        SELECT y.nspname, i.nspname, CASE WHEN i.nspname IS NULL THEN
                 pg_catalog.pg_describe_object(min(d.classid::oid::bigint)::oid, min(d.objid::bigint)::oid, 0) END
        FROM pg_catalog.pg_depend d
        JOIN places x ON x.classid = d.classid AND x.objid = d.objid
        JOIN places p ON p.classid = d.refclassid AND p.objid = d.refobjid
        JOIN saved y ON y.oid = p.schema
        LEFT JOIN saved i ON i.oid = x.schema
        LEFT JOIN members m ON m.classid = d.refclassid AND m.objid = d.refobjid
        WHERE d.deptype IN ('n', 'a') AND x.schema IS DISTINCT FROM p.schema AND m.objid IS NULL
          AND x.schema IS DISTINCT FROM 'pg_toast'::regnamespace
        GROUP BY y.nspname, i.nspname, d.classid, CASE WHEN i.nspname IS NULL THEN d.objid END
        ORDER BY 1, 2, 3
        """;

    private const string ExtensionsSql = $"""
        {Places}
        SELECT DISTINCT i.nspname, e.extname, n.nspname, e.extversion
        FROM pg_catalog.pg_depend d
        JOIN places x ON x.classid = d.classid AND x.objid = d.objid
        JOIN saved i ON i.oid = x.schema
        JOIN members m ON m.classid = d.refclassid AND m.objid = d.refobjid
        JOIN pg_catalog.pg_extension e ON e.oid = m.extension
        JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        WHERE d.deptype IN ('n', 'a') AND e.extname <> 'plpgsql'
          AND NOT EXISTS (SELECT FROM members o WHERE o.classid = d.classid AND o.objid = d.objid)
        ORDER BY 1, 2
        """;

    /// <exception cref="UpgradeException">The database cannot be reached, or does not answer.</exception>
    public static async Task<SchemaLinks> ReadAsync(
        Target target, IReadOnlyList<string> schemas, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (schemas.Count == 0) return None;
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Return, cancellationToken);
            var links = await RowsAsync(connection, LinksSql, schemas, row =>
                (To: row.GetString(0), From: row.IsDBNull(1) ? null : row.GetString(1), What: row.IsDBNull(2) ? "" : row.GetString(2)),
                cancellationToken);
            var extensions = await RowsAsync(connection, ExtensionsSql, schemas, row =>
                (Schema: row.GetString(0), Extension: new SavedExtension(row.GetString(1), row.GetString(2), row.GetString(3))),
                cancellationToken);
            return new SchemaLinks(
                [.. links.Where(link => link.From is not null).Select(link => (link.From!, link.To)).Distinct()],
                links.Where(link => link.From is null).GroupBy(link => link.To, link => link.What)
                    .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Distinct()]),
                extensions.GroupBy(one => one.Schema, one => one.Extension)
                    .ToDictionary(group => group.Key, group => (IReadOnlyList<SavedExtension>)[.. group]));
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(ConnectionProblem.Of(target, e), e);
        }
    }

    private static async Task<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, string sql, IReadOnlyList<string> schemas, Func<NpgsqlDataReader, T> row,
        CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = Sql.Array(schemas) } },
            CommandTimeout = JournalReader.SecondsToRead,
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken)) rows.Add(row(reader));
        return rows;
    }
}
