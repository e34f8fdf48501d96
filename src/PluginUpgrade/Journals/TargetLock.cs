using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>
/// A target's lock: an advisory lock of the session that works on it, so it always ends with the session. It is polled for, outside any
/// transaction: a session that waited in the server would deadlock with CREATE INDEX CONCURRENTLY of the holder.
/// </summary>
public static class TargetLock
{
    /// <param name="Holder">
    /// Null where this session now holds the lock; else the session that holds it, and the other values are meaningless.
    /// </param>
    /// <param name="ServerStart">When the server was started.</param>
    /// <param name="BackendPid">The backend of this session.</param>
    /// <param name="HasJournal">Whether the target's schema holds a journal.</param>
    public sealed record Acquired(LockHolder? Holder, DateTime ServerStart, int BackendPid, bool HasJournal);

    /// <summary>
    /// The first of the two keys: 'KRUG'. The second is derived from scope and schema. Advisory locks are local to a database.
    /// </summary>
    public const int Space = 0x4B525547;

    /// <summary>Jitter keeps two processes that wait for each other from polling in step.</summary>
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(250, jitter: 0.8);

    public static int Key(Scope scope, string schema) => Key($"{scope}\n{schema}");

    /// <summary>The lock of an upgrade of the whole installation, held in addition to the targets' locks.</summary>
    public static int RunKey(string schema) => Key($"Run\n{schema}");

    private static int Key(string text) => BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Takes the lock for the open transaction too, because a module may have released the session's. Then releases all advisory locks of
    /// the session, which a module may have taken, and takes the target's again; the lock of the transaction leaves no gap. Prepares the
    /// session in the same statement, because each statement costs the server as much as a small query.
    /// </summary>
    /// <param name="searchPath">Set until the end of the transaction.</param>
    /// <param name="settings">Calls of set_config.</param>
    /// <returns>Whether the lock is held; whether the session has prepared statements; the oid of the newest type.</returns>
    public static NpgsqlBatchCommand HoldForTransaction(Scope scope, string schema, string searchPath, string settings)
    {
        var take = OnlyThisLock;
        SeededFault.Change("lock of a transaction", ref take);
        return new($"""
            SELECT {take},
                   EXISTS (SELECT FROM pg_catalog.pg_prepared_statement()),
                   {Postgres.NewTypes.Newest},
                   pg_catalog.set_config('search_path', $3, true), {settings}
            """)
        {
            Parameters = { new() { Value = Space }, new() { Value = Key(scope, schema) }, new() { Value = searchPath } },
        };
    }

    private const string OnlyThisLock = """
        CASE WHEN pg_catalog.pg_try_advisory_xact_lock($1, $2)
          THEN pg_catalog.pg_advisory_unlock_all() IS NOT NULL AND pg_catalog.pg_try_advisory_lock($1, $2) ELSE false END
        """;

    /// <summary>Tries until <paramref name="patience"/> is over.</summary>
    /// <param name="limit">Seconds after which a query counts as lost: behind a pooler, it may wait for a session.</param>
    /// <returns>No holder where this session now holds the lock; else the session that holds it.</returns>
    public static Task<Acquired> AcquireAsync(
        NpgsqlConnection connection, Scope scope, string schema,
        TimeSpan patience, int limit, TimeProvider time, CancellationToken cancellationToken) =>
        AcquireAsync(connection, Key(scope, schema), schema, patience, limit, time, cancellationToken);

    /// <summary>The same for the lock of a whole run.</summary>
    public static async Task<LockHolder?> AcquireRunAsync(
        NpgsqlConnection connection, string schema, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        (await AcquireAsync(connection, RunKey(schema), schema, patience, connection.CommandTimeout, time, cancellationToken)).Holder;

    /// <summary>
    /// Takes the locks of these targets in shared mode: this keeps upgrades away, but not other readers. Tries until
    /// <paramref name="patience"/> is over.
    /// </summary>
    /// <returns>The first target that another session works on, and that session; null where this session now holds all locks.</returns>
    public static async Task<(Target Target, LockHolder Holder)?> ShareAsync(
        NpgsqlConnection connection, IReadOnlyList<Target> targets, TimeSpan patience, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var left = targets.DistinctBy(target => Key(target.Scope, target.Schema)).ToDictionary(target => Key(target.Scope, target.Schema));
        (Target, LockHolder)? held = null;
        var poll = new Poll(patience, BetweenTries, time);
        await poll.UntilAsync(async () =>
        {
            var refused = await TryShareAsync(connection, left.Keys, cancellationToken);
            left = refused.ToDictionary(key => key, key => left[key]);
            if (left.Count > 0 && poll.IsOver)
                foreach (var (key, holder) in await ReadHoldersAsync(connection, $"{HoldersSql} AND {InThisDatabase}", cancellationToken))
                    if (left.TryGetValue(key.Key, out var target)) held = (target, holder);
            return left.Count == 0 || held is not null;
        }, cancellationToken);
        return held;
    }

    /// <summary>Whether the session still holds the locks of all these targets, shared or exclusive.</summary>
    public static async Task<bool> HoldsAsync(
        NpgsqlConnection connection, IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT pg_catalog.count(DISTINCT l.objid) FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = $1::oid AND l.pid = pg_catalog.pg_backend_pid()
              AND l.objid::bigint = ANY ($2::text[]::bigint[])
            """, connection)
        {
            Parameters =
            {
                new() { Value = (long)Space },
                new()
                {
                    Value = Postgres.Sql.Array(targets.Select(target => $"{unchecked((uint)Key(target.Scope, target.Schema))}").Distinct()),
                },
            },
        };
        return (long)(await query.ExecuteScalarAsync(cancellationToken))!
            == targets.Select(target => Key(target.Scope, target.Schema)).Distinct().Count();
    }

    private static async Task<List<int>> TryShareAsync(
        NpgsqlConnection connection, IEnumerable<int> keys, CancellationToken cancellationToken)
    {
        await using var attempt = new NpgsqlCommand("""
            SELECT key FROM pg_catalog.unnest($2::text[]::int[]) AS key WHERE NOT pg_catalog.pg_try_advisory_lock_shared($1, key)
            """, connection)
        {
            Parameters =
            {
                new() { Value = Space },
                new() { Value = Postgres.Sql.Array(keys.Select(key => key.ToString(System.Globalization.CultureInfo.InvariantCulture))) },
            },
        };
        await using var reader = await attempt.ExecuteReaderAsync(cancellationToken);
        List<int> refused = [];
        while (await reader.ReadAsync(cancellationToken)) refused.Add(reader.GetInt32(0));
        return refused;
    }

    /// <summary>
    /// Marks a session that reads for lanes: others know by a lock of this space that it is krang-upgrade's. It is no target's lock.
    /// </summary>
    public static Task MarkReaderAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Postgres.Sql.ExecuteAsync(connection, FormattableString.Invariant($"SELECT pg_catalog.pg_try_advisory_lock_shared({Space}, 0)"),
            cancellationToken);

    private static async Task<Acquired> AcquireAsync(
        NpgsqlConnection connection, int key, string schema,
        TimeSpan patience, int limit, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            var poll = new Poll(patience, BetweenTries, time);
            var answer = await poll.UntilAsync(async () =>
                await TryAsync(connection, key, schema, limit, cancellationToken)
                ?? (poll.IsOver && await HolderAsync(connection, key, cancellationToken) is { } holder
                    ? new Acquired(holder, default, 0, false) : null), cancellationToken);
            // A forgotten session was ended: wait for its lock as long again.
            if (answer.Holder is null || !await EndForgottenAsync(connection, answer.Holder, cancellationToken)) return answer;
        }
    }

    private static async Task<Acquired?> TryAsync(
        NpgsqlConnection connection, int key, string schema, int seconds, CancellationToken cancellationToken)
    {
        var take = "pg_catalog.pg_try_advisory_lock($1, $2)";
        SeededFault.Change("lock of a session", ref take);
        await using var attempt = new NpgsqlCommand($"""
            SELECT {take}, pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_backend_pid(),
                   pg_catalog.to_regclass($3) IS NOT NULL
            """, connection)
        {
            Parameters = { new() { Value = Space }, new() { Value = key }, new() { Value = Journal.Table(schema) } },
            CommandTimeout = seconds,
        };
        await using var reader = await attempt.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetBoolean(0) ? new Acquired(null, reader.GetDateTime(1), reader.GetInt32(2), reader.GetBoolean(3)) : null;
    }

    private static async Task<LockHolder?> HolderAsync(
        NpgsqlConnection connection, int key, CancellationToken cancellationToken)
    {
        var found = await ReadHoldersAsync(
            connection, $"{HoldersSql} AND {InThisDatabase} AND l.objid = $2::oid", cancellationToken, (long)unchecked((uint)key));
        return found.Values.FirstOrDefault();
    }

    /// <summary>
    /// Ends a session of this same run whose connection was given up while the server still waits for it, because the network lost the
    /// close. A session with a running statement is left alone: the statement may be COMMIT.
    /// </summary>
    private static async Task<bool> EndForgottenAsync(
        NpgsqlConnection connection, LockHolder holder, CancellationToken cancellationToken)
    {
        await using var end = new NpgsqlCommand("""
            SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE pid = $1 AND state <> 'active' AND usename = session_user AND application_name LIKE 'krang-upgrade %'
              AND application_name = pg_catalog.current_setting('application_name')
            """, connection)
        {
            Parameters = { new() { Value = holder.BackendPid } },
        };
        return await end.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>The holders of targets' locks on the server, by the database's oid and the lock's key.</summary>
    public static async Task<Dictionary<(long Database, int Key), LockHolder>> HoldersAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // On a new connection, the join costs as much as everything else that is read of a database, and nearly always there is no lock.
        await using (var any = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE {IsOurs})", connection))
        {
            any.Parameters.Add(new NpgsqlParameter { Value = (long)Space });
            any.CommandTimeout = Postgres.Sql.LimitOf(connection);
            if (await any.ExecuteScalarAsync(cancellationToken) is not true) return [];
        }
        return await ReadHoldersAsync(connection, HoldersSql, cancellationToken);
    }

    private static async Task<Dictionary<(long Database, int Key), LockHolder>> ReadHoldersAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params long[] values)
    {
        await using var query = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = (long)Space } },
            CommandTimeout = Postgres.Sql.LimitOf(connection),
        };
        foreach (var value in values) query.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        Dictionary<(long, int), LockHolder> holders = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var (key, holder) = ReadHolder(reader);
            holders[(reader.GetInt64(6), key)] = holder;
        }
        return holders;
    }

    /// <summary>Whether another session holds the lock, and it is a target's. <c>$1</c> is <see cref="Space"/> as bigint.</summary>
    private const string IsOurs = """
        l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = $1::oid AND l.pid <> pg_catalog.pg_backend_pid()
        """;

    private const string InThisDatabase =
        "l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

    private const string HoldersSql = $"""
        SELECT l.objid::bigint, a.pid, coalesce(a.application_name, ''), pg_catalog.host(a.client_addr), a.backend_start,
               CASE WHEN a.state = 'active' THEN pg_catalog.left(a.query, 200) ELSE '' END, l.database::bigint
        FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        WHERE {IsOurs}
        """;

    private static (int Key, LockHolder Holder) ReadHolder(NpgsqlDataReader reader) => (
        unchecked((int)(uint)reader.GetInt64(0)),
        new LockHolder(
            reader.GetInt32(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
            reader.IsDBNull(4) ? null : new DateTimeOffset(reader.GetDateTime(4)),
            reader.IsDBNull(5) ? "" : Postgres.Scripts.SqlText.Shown(reader.GetString(5))));
}
