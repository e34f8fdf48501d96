using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Reads the state of a database and its schemas, apart from the rows of their journals.</summary>
internal static class PlaceReader
{
    /// <param name="own">The database's name, if it belongs to one target as a whole: then databases are kept beside it.</param>
    /// <returns>The database's oid; and, by schema, the state that all targets in it share (its Target is not set yet).</returns>
    public static async Task<(long Database, IReadOnlyDictionary<string, TargetState> Schemas)> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken,
        string? own = null)
    {
        var batch = new QueryBatch(connection);
        var database = batch.Add(DatabaseSql, row => (
            Server: row.GetString(0), IsReadOnly: row.GetBoolean(1), Backend: row.GetInt32(2), Database: row.GetInt64(3)));
        var read = batch.Add(
            SchemasSql, row => (Name: row.GetString(0), Oid: row.IsDBNull(1) ? (long?)null : row.GetInt64(1),
                MayCreate: row.GetBoolean(2), Format: row.IsDBNull(3) ? null : row.GetString(3), HasRelation: row.GetBoolean(4)),
            Sql.Array(schemas), Journal.TableName);
        var findKept = KeptReader.AddTo(batch, own is null ? schemas : []);
        var findDatabases = own is null ? null : KeptDatabases.AddTo(batch, own);
        await batch.ReadAsync(cancellationToken);
        var kept = findKept();
        var (server, isReadOnly, backend, oid) = database[0];
        var identity = $"{server}/{oid}";
        var faultsOf = (await JournalShape.FindAsync(
            connection, [.. read.Where(one => one.HasRelation).Select(one => one.Name)], cancellationToken))
            .ToLookup(one => one.Schema, one => one.Fault);
        return (oid, read.ToDictionary(schema => schema.Name, schema => new TargetState
        {
            Target = null!,
            SchemaMissing = schema.Oid is null,
            Identity = schema.Oid is null ? $"{identity}/missing {schema.Name}" : $"{identity}/{schema.Oid}",
            MayCreate = schema.MayCreate,
            Kept = findDatabases?.Invoke() ?? [.. kept[schema.Name].OrderBy(one => one.Place)],
            JournalFormat = schema.Format,
            // Another format may have other columns, which are not faults.
            JournalFaults = schema.Format is null or Journal.Format ? [.. faultsOf[schema.Name]] : [],
            ReadOnly = isReadOnly,
            BackendPid = backend,
        }));
    }

    /// <summary>The schemas that hold no tables and views except the journal and those of extensions.</summary>
    public static async Task<IReadOnlySet<string>> EmptyAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        HashSet<string> empty = [];
        if (schemas.Count == 0) return empty;
        await using var query = new NpgsqlCommand(EmptySql, connection)
        {
            Parameters = { new() { Value = Sql.Array(schemas) }, new() { Value = Journal.TableName } },
            CommandTimeout = Sql.LimitOf(connection),
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) empty.Add(reader.GetString(0));
        return empty;
    }

    private const string DatabaseSql = """
        SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text,
               pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('transaction_read_only')::boolean,
               pg_catalog.pg_backend_pid(),
               (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())::bigint
        """;

    private const string SchemasSql = """
        SELECT s.name, n.oid::bigint, n.oid IS NULL OR pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
               CASE WHEN j.relkind = 'r' THEN coalesce(d.description, '') END, j.oid IS NOT NULL
        FROM pg_catalog.unnest($1::text[]) AS s(name)
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        LEFT JOIN pg_catalog.pg_class j ON j.relnamespace = n.oid AND j.relname = $2
        LEFT JOIN pg_catalog.pg_description d
          ON d.objoid = j.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
        """;

    private const string EmptySql = """
        SELECT s.name
        FROM pg_catalog.unnest($1::text[]) AS s(name)
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        WHERE NOT EXISTS (
          SELECT FROM pg_catalog.pg_class c
          WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> $2
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
        """;
}
