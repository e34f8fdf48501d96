using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Reads which schemas are kept beside live ones: of all schemas of a batch together, looked up by their names.</summary>
internal static class KeptReader
{
    /// <summary>Of the comment of a journal's table, whatever its format.</summary>
    private const string FormatBegins = "krang-upgrade journal";

    /// <summary>How long the sizes may wait for a session that has locked a kept table.</summary>
    private static readonly TimeSpan Shortly = TimeSpan.FromMilliseconds(100);

    /// <summary>Adds the query to a batch.</summary>
    /// <param name="schemas">The live schemas.</param>
    /// <returns>After the batch was read: what is kept, by live schema.</returns>
    public static Func<ILookup<string, KeptSchema>> AddTo(QueryBatch batch, IReadOnlyList<string> schemas)
    {
        // PostgreSQL cuts longer names: nothing can be beside such a schema.
        List<string> live = [.. schemas.Where(schema => !BesideNames.IsTooLong(schema))];
        var rows = batch.Add(NamesSql, row => (
                Live: row.GetString(0), Name: row.GetString(1), Oid: row.GetInt64(2),
                Comment: row.IsDBNull(3) ? null : row.GetString(3), HasJournal: row.GetBoolean(4)),
            Sql.Array(live.SelectMany(one => BesideNames.All(one).Select(_ => one))),
            Sql.Array(live.SelectMany(BesideNames.All)), Journal.TableName, FormatBegins);
        return () => rows.ToLookup(row => row.Live, row => new KeptSchema(row.Name, KeptNote.Read(row.Comment).Note)
        {
            Place = KeptSchema.PlaceOf(row.Name, row.Live)!.Value,
            Oid = row.Oid,
            HasJournal = row.HasJournal,
        });
    }

    /// <summary>What is kept beside one schema.</summary>
    public static async Task<IReadOnlyList<KeptSchema>> ReadAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var kept = AddTo(batch, [schema]);
        await batch.ReadAsync(cancellationToken);
        return [.. kept()[schema]];
    }

    /// <summary>Adds the sizes. They stay unknown if a session has locked a table: purging, for example.</summary>
    public static async Task<IReadOnlyList<TargetState>> WithSizesAsync(
        NpgsqlConnection connection, IReadOnlyList<TargetState> states, CancellationToken cancellationToken)
    {
        if (states is [{ Target.OwnDatabase: true, Kept.Count: > 0 } own])
            return [own with { Kept = await KeptDatabases.WithSizesAsync(connection, own.Kept, cancellationToken) }];
        var oids = states.SelectMany(state => state.Kept).Select(kept => kept.Oid).Distinct().ToList();
        if (oids.Count == 0) return states;
        var sizes = await SizesAsync(connection, oids, cancellationToken);
        return
        [
            .. states.Select(state => state.Kept.Count == 0 ? state : state with
            {
                Kept = [.. state.Kept.Select(kept => kept with { Bytes = sizes?.GetValueOrDefault(kept.Oid) })],
            }),
        ];
    }

    /// <returns>Null if they could not be read in time.</returns>
    private static async Task<Dictionary<long, long>?> SizesAsync(
        NpgsqlConnection connection, IReadOnlyList<long> schemas, CancellationToken cancellationToken)
    {
        var seconds = TimeSpan.FromSeconds(JournalReader.SecondsToRead);
        try
        {
            Dictionary<long, long> sizes = [];
            await using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new("BEGIN READ ONLY"),
                    new($"SET LOCAL lock_timeout = {(long)Shortly.TotalMilliseconds}"),
                    new(SizesSql) { Parameters = { new() { Value = Sql.Array(schemas.Select(oid => $"{oid}")) } } },
                    new("COMMIT"),
                },
                Timeout = Sql.Seconds(seconds),
            };
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken)) sizes[reader.GetInt64(0)] = reader.GetInt64(1);
            return sizes;
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
        {
            await Sql.ExecuteAsync(connection, "ROLLBACK", cancellationToken, seconds);
            return null;
        }
    }

    private const string NamesSql = """
        SELECT s.live, s.name, n.oid::bigint, d.description,
               EXISTS (SELECT FROM pg_catalog.pg_class j
                       WHERE j.relnamespace = n.oid AND j.relname = $3 AND j.relkind = 'r'
                         AND pg_catalog.starts_with(pg_catalog.obj_description(j.oid, 'pg_class'), $4))
        FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS s(live, name)
        JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        LEFT JOIN pg_catalog.pg_description d
          ON d.objoid = n.oid AND d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objsubid = 0
        """;

    private const string SizesSql = """
        SELECT c.relnamespace::bigint, pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid))::bigint
        FROM pg_catalog.pg_class c
        WHERE c.relnamespace = ANY ($1::text[]::oid[]) AND c.relkind IN ('r', 'm', 'S')
        GROUP BY c.relnamespace
        """;
}
