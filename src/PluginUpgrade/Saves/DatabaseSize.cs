using System.Globalization;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves;

/// <summary>The size of one schema.</summary>
/// <param name="Relations">Tables, sequences and views: pg_dump locks each of them.</param>
/// <param name="Bytes">The bytes of the tables, without indexes.</param>
public readonly record struct SchemaSize(int Relations, long Bytes)
{
    /// <summary>The number of locks of the transaction that replaces the schema: everything is dropped and created again.</summary>
    public long LocksToRestore { get; init; }
}

/// <summary>What saving needs to know about one database.</summary>
/// <param name="Version">The server's version as it reports it: <c>15.18</c>.</param>
/// <param name="Encoding">PostgreSQL's name of the encoding.</param>
/// <param name="Bytes">The bytes of the whole database, with indexes.</param>
/// <param name="LargeObjects">The bytes of large objects, which are in no schema.</param>
/// <param name="Locks">How many locks the server has room for, over all sessions.</param>
public sealed record DatabaseSize(
    string Version, int Major, string Encoding, long Bytes, long LargeObjects, int Locks, IReadOnlyDictionary<string, SchemaSize> Schemas)
{
    private const string DatabaseSql = """
        SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_version_num')::int / 10000,
               pg_catalog.current_setting('server_encoding'), pg_catalog.pg_database_size(pg_catalog.current_database()),
               pg_catalog.pg_table_size('pg_catalog.pg_largeobject'),
               least(pg_catalog.current_setting('max_locks_per_transaction')::bigint *
                 (pg_catalog.current_setting('max_connections')::bigint
                   + pg_catalog.current_setting('max_prepared_transactions')::bigint), 2000000000)::int
        """;

    /// <summary>The room for locks that the server really has: its own processes count too.</summary>
    internal const string RoomSql = """
        SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint * (pg_catalog.current_setting('max_connections')::bigint
          + pg_catalog.current_setting('max_prepared_transactions')::bigint + pg_catalog.current_setting('autovacuum_max_workers')::bigint
          + pg_catalog.current_setting('max_worker_processes')::bigint + pg_catalog.current_setting('max_wal_senders')::bigint)
        """;

    /// <summary>The room for locks that one transaction may use.</summary>
    public long Room { get; init; } = long.MaxValue;

    /// <summary>A table with an exclusive lock, held or awaited, counts with its last estimate: asking for its size would wait.</summary>
    private const string SchemasSql = """
        SELECT n.nspname, count(*)::int,
               coalesce(sum(CASE
                   WHEN c.oid IN (SELECT l.relation FROM pg_catalog.pg_locks l WHERE l.mode = 'AccessExclusiveLock' AND l.relation <> 0)
                   THEN c.relpages::bigint * pg_catalog.current_setting('block_size')::int
                   ELSE pg_catalog.pg_table_size(c.oid) END) FILTER (WHERE c.relkind IN ('r', 'm')), 0)::bigint
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f')
          AND CASE WHEN $1::text[] IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                   ELSE n.nspname = ANY ($1::text[]) END
        GROUP BY n.nspname
        """;

    /// <summary>All schemas except PostgreSQL's own.</summary>
    public SchemaSize Whole => new(Schemas.Values.Sum(size => size.Relations), Schemas.Values.Sum(size => size.Bytes) + LargeObjects);

    /// <param name="schemas">Null: all.</param>
    /// <exception cref="UpgradeException">The database cannot be reached, or does not answer.</exception>
    public static async Task<DatabaseSize> ReadAsync(
        Target target, IReadOnlyList<string>? schemas, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Return, cancellationToken);
            await using var batch = new NpgsqlBatch(connection)
            {
                // Somebody may still lock a table in between.
                BatchCommands =
                {
                    new($"SET lock_timeout = {(long)settings.LockTimeout.TotalMilliseconds}"),
                    new(DatabaseSql),
                    new(SchemasSql)
                    {
                        Parameters = { new() { Value = schemas is null ? DBNull.Value : Sql.Array(schemas), DataTypeName = "text" } },
                    },
                    new(RoomSql),
                    new(RestoreLocks.Sql)
                    {
                        Parameters = { new() { Value = schemas is null ? DBNull.Value : Sql.Array(schemas), DataTypeName = "text" } },
                    },
                },
                Timeout = JournalReader.SecondsToRead,
            };
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            return await ReadAsync(reader, cancellationToken);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(ConnectionProblem.Of(target, e), e);
        }
    }

    private static async Task<DatabaseSize> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        var size = new DatabaseSize(
            reader.GetString(0).Split(' ')[0], reader.GetInt32(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4),
            reader.GetInt32(5), new Dictionary<string, SchemaSize>());
        await reader.NextResultAsync(cancellationToken);
        Dictionary<string, SchemaSize> schemas = [];
        while (await reader.ReadAsync(cancellationToken))
            schemas[reader.GetString(0)] = new SchemaSize(reader.GetInt32(1), reader.GetInt64(2));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var room = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            if (schemas.TryGetValue(reader.GetString(0), out var of))
                schemas[reader.GetString(0)] = of with { LocksToRestore = reader.GetInt64(1) + reader.GetInt64(2) };
        return size with { Schemas = schemas, Room = room };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {Version}");
}
