using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>
/// A target's lock: an advisory lock of the session that works on it, so that it ends with the session, however that ends. Asked for by
/// polling, outside any transaction: a session that waited for it in the server would deadlock with CREATE INDEX CONCURRENTLY of its
/// holder.
/// </summary>
public static class TargetLock
{
    /// <param name="Holder">Null when the lock is held now; else who has it, and the rest means nothing.</param>
    /// <param name="ServerStart">When the server was started.</param>
    /// <param name="BackendPid">The server's process.</param>
    /// <param name="HasJournal">Whether the target's schema holds a journal.</param>
    public sealed record Acquired(LockHolder? Holder, DateTime ServerStart, int BackendPid, bool HasJournal);

    /// <summary>The first of the two keys: 'KRUG'. The second is made of scope and schema; a lock belongs to one database anyway.</summary>
    public const int Space = 0x4B525547;

    /// <summary>Two hosts that wait for each other's end are not to keep step.</summary>
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(250, jitter: 0.8);

    public static int Key(Scope scope, string schema) => Key($"{scope}\n{schema}");

    /// <summary>Of an upgrade of the whole installation, held besides the targets' locks.</summary>
    public static int RunKey(string schema) => Key($"Run\n{schema}");

    private static int Key(string text) => BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Takes the lock for the open transaction too: a module may have given up the session's. Under it the session's own advisory locks are
    /// given up, which a module may have taken, and the target's is taken again; so there is no moment at which nobody holds it. Prepares
    /// the session in the same statement: each costs the server as much as a small query.
    /// </summary>
    /// <param name="searchPath">Until the transaction's end.</param>
    /// <param name="settings">Calls of set_config.</param>
    /// <returns>
    /// Whether the lock is held; whether statements are prepared in the session; the newest type's oid.
    /// </returns>
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
    /// <param name="limit">Seconds after which a question counts as lost. A pooler may let it wait for a session.</param>
    /// <returns>No holder when the lock is held now; else who holds it.</returns>
    public static Task<Acquired> AcquireAsync(
        NpgsqlConnection connection, Scope scope, string schema,
        TimeSpan patience, int limit, TimeProvider time, CancellationToken cancellationToken) =>
        AcquireAsync(connection, Key(scope, schema), schema, patience, limit, time, cancellationToken);

    /// <summary>As the other, for the lock of a whole run.</summary>
    public static async Task<LockHolder?> AcquireRunAsync(
        NpgsqlConnection connection, string schema, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        (await AcquireAsync(connection, RunKey(schema), schema, patience, connection.CommandTimeout, time, cancellationToken)).Holder;

    /// <summary>
    /// Keeps upgrades of these targets away, and lets others who only read them in. Tries until <paramref name="patience"/> is over.
    /// </summary>
    /// <returns>The first target that another session works on, and that session; null when all are held now.</returns>
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

    /// <summary>Whether the session still has the locks of all these targets, shared or not.</summary>
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
            // Where that was a forgotten session, its end is waited for as long again.
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
    /// A session of this very run, whose connection this host has given up and the server still waits for: the network lost its end. One
    /// that has a statement under way is left alone: that may be COMMIT.
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

    /// <summary>Who holds which targets' locks on the server, by the database's oid and the lock's key.</summary>
    public static async Task<Dictionary<(long Database, int Key), LockHolder>> HoldersAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // On a new connection the join costs as much as all else that is read of a database; nearly always nobody holds any.
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

    /// <summary>Of a lock: another session has it, on a target. <c>$1</c> is <see cref="Space"/> as bigint.</summary>
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
