using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Observes, from another connection, who blocks a session that waits for locks. A transaction that waits for that session, and holds
/// locks that the session needs, can never end by itself: its statement is cancelled at once. (PostgreSQL would detect the deadlock only
/// after a second, and might cancel the upgrade instead.)
/// </summary>
internal sealed class LockObserver
{
    private static readonly Pause BetweenLooks = Pause.OfMilliseconds(5);

    /// <summary>After deadlock_timeout, a waiting session asks autovacuum to give way.</summary>
    private const int AfterDeadlockTimeout = 200;

    private readonly NpgsqlConnection _connection;
    private readonly int _pid;
    private readonly bool _cancels;

    private LockObserver(NpgsqlConnection connection, int pid, bool cancels) =>
        (_connection, _pid, _cancels) = (connection, pid, cancels);

    /// <param name="session">The session that will wait.</param>
    /// <param name="cancels">Whether to cancel what can never end by itself.</param>
    /// <returns>Null if there is no connection for it: it is not needed.</returns>
    public static async Task<LockObserver?> OfAsync(LaneSession session, bool cancels, CancellationToken cancellationToken)
    {
        return await session.Reader.OpenAsync(cancellationToken) is { } reader
            ? new LockObserver(reader, session.BackendPid, cancels) : null;
    }

    /// <summary>How long an attempt must wait, in milliseconds, so that autovacuum gives way.</summary>
    public static async Task<int> BeatsAutovacuumAfterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(
            "SELECT setting::integer FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'", connection);
        return AfterDeadlockTimeout + (int)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Who was seen blocking last; null: nobody.</summary>
    public Blocker? Blocker { get; private set; }

    /// <summary>Whether only autovacuum was seen blocking. It gives way, but only after deadlock_timeout.</summary>
    public bool OnlyAutovacuum { get; private set; }

    /// <summary>How many statements were cancelled during the last attempt.</summary>
    public int Cancelled { get; private set; }

    /// <summary>Process ids of sessions that must be cancelled, which this role may not do.</summary>
    public IReadOnlyList<int> NotAllowed { get; private set; } = [];

    /// <summary>Watches until <paramref name="attempt"/> has ended.</summary>
    public async Task DuringAsync(Task attempt)
    {
        (Blocker, OnlyAutovacuum, Cancelled, NotAllowed) = (null, false, 0, []);
        try
        {
            while (!attempt.IsCompleted)
            {
                // Nearly always the attempt ends before the first look, and everybody waits for what follows.
                await Task.WhenAny(attempt, BetweenLooks.WaitAsync(1, TimeProvider.System, CancellationToken.None));
                if (!attempt.IsCompleted) await LookAsync();
            }
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            // Best effort: without it, the attempt ends at its time limit, and the next one may succeed.
        }
    }

    private async Task LookAsync()
    {
        var (autovacuum, others, stuck) = (0, 0, new List<(int Pid, bool May)>());
        await using (var query = new NpgsqlCommand(BlockersSql, _connection) { Parameters = { new() { Value = _pid } } })
        await using (var reader = await query.ExecuteReaderAsync())
            while (await reader.ReadAsync())
            {
                if (reader.GetBoolean(1)) autovacuum++;
                else others++;
                if (reader.GetBoolean(2)) stuck.Add((reader.GetInt32(0), reader.GetBoolean(3)));
            }
        if (autovacuum + others == 0) return;
        OnlyAutovacuum = others == 0;
        if (others > 0 && await Databases.Blocker.FindAsync(_connection, _pid, CancellationToken.None) is { } blocker) Blocker = blocker;
        NotAllowed = [.. stuck.Where(one => !one.May).Select(one => one.Pid)];
        if (!_cancels) return;
        foreach (var (other, may) in stuck)
            if (may && await CancelAsync(other)) Cancelled++;
    }

    private async Task<bool> CancelAsync(int other)
    {
        await using var cancel = new NpgsqlCommand("SELECT pg_catalog.pg_cancel_backend($1)", _connection)
        {
            Parameters = { new() { Value = other } },
        };
        return await cancel.ExecuteScalarAsync() is true;
    }

    /// <summary>A role without pg_read_all_stats does not see it; but of what locks tables, only autovacuum has no role.</summary>
    private const string IsAutovacuum =
        "coalesce(a.backend_type = 'autovacuum worker', a.pid IS NOT NULL AND a.usesysid IS NULL)";

    /// <summary>
    /// Who blocks the session: whether it is autovacuum; whether it waits itself for the session, directly or through others; and whether
    /// this role may cancel it.
    /// </summary>
    private const string BlockersSql = $"""
        WITH RECURSIVE chain AS (
          SELECT b.pid AS blocker, b.pid AS at, 0 AS depth FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b(pid)
          UNION
          SELECT c.blocker, w.pid, c.depth + 1 FROM chain c
          CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(c.at)) AS w(pid) WHERE c.depth < 4 AND c.at <> $1)
        SELECT c.blocker, coalesce(pg_catalog.bool_or({IsAutovacuum}), false),
               pg_catalog.bool_or(c.at = $1 AND c.depth > 0),
               coalesce(pg_catalog.bool_or({SessionRights.MayEnd}), false)
        FROM chain c LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = c.blocker
        GROUP BY c.blocker
        """;
}
