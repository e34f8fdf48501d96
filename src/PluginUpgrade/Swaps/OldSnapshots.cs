using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Waits for transactions whose snapshot is older than the build. If they touched the schema for the first time after the exchange, they
/// would find the new tables, and no row in them, without an error.
/// </summary>
internal static class OldSnapshots
{
    /// <summary>The end of a build.</summary>
    /// <param name="Xid">Up to this transaction id, everything that was built is visible to new snapshots.</param>
    /// <param name="At">By the server's clock.</param>
    /// <param name="Hidden">
    /// The transactions that were open then, of sessions whose state this role may not see: it lacks pg_read_all_stats.
    /// </param>
    public sealed record BuildEnd(string Xid, DateTime At, IReadOnlyList<string> Hidden);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly Pause BetweenLooks = Pause.OfMilliseconds(50, 1000);

    /// <summary>The moment from which new snapshots see everything that was built: to be asked after the build.</summary>
    public static async Task<BuildEnd> NowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text, pg_catalog.clock_timestamp(),
                   ARRAY(SELECT l.virtualxid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
                         WHERE l.locktype = 'virtualxid' AND a.datname = pg_catalog.current_database() AND {IsHidden})
            """, connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new BuildEnd(reader.GetString(0), reader.GetDateTime(1), reader.GetFieldValue<string[]>(2));
    }

    /// <summary>Whether this role may see of a session little more than that it is there.</summary>
    private const string IsHidden = "a.backend_type IS NULL AND a.usesysid IS NOT NULL";

    /// <param name="built">As <see cref="NowAsync"/> returned it after the build.</param>
    /// <exception cref="UpgradeException">There are still some after two minutes.</exception>
    public static async Task WaitAsync(
        LaneSession session, UpgradeStep step, BuildEnd built, TimeProvider time, Action<string> announce,
        CancellationToken cancellationToken)
    {
        var poll = new Poll(Patience, BetweenLooks, time);
        var announced = false;
        await poll.UntilAsync(async () =>
        {
            var older = await FindAsync(session.Connection, built, cancellationToken);
            if (older.Count == 0) return true;
            if (poll.IsOver) throw new UpgradeException(SwapProblem.OldSnapshot(step, Problem.Join(older)));
            if (!announced) announce($"Waiting for transactions that began before the build ended: {Problem.Join(older)}.");
            announced = true;
            return false;
        }, cancellationToken);
    }

    /// <summary>
    /// A long transaction elsewhere makes every new snapshot look old, so the transaction must also have begun before the build ended.
    /// Lanes of krang-upgrade, which hold the locks of other targets, never touch this one. A statement that waits for the lane is no
    /// reason to wait for it: outside a transaction block it takes a new snapshot afterwards. In a block it may keep its snapshot
    /// (REPEATABLE READ), so it is cancelled.
    /// </summary>
    /// <returns>The sessions to wait for.</returns>
    private static async Task<IReadOnlyList<string>> FindAsync(
        NpgsqlConnection connection, BuildEnd built, CancellationToken cancellationToken)
    {
        // Within a transaction the server shows what it showed first.
        await Sql.ExecuteAsync(connection, "SELECT pg_catalog.pg_stat_clear_snapshot()", cancellationToken);
        await using var query = new NpgsqlCommand($"""
            WITH older AS MATERIALIZED (
              SELECT a.*, pg_catalog.pg_backend_pid() = ANY (pg_catalog.pg_blocking_pids(a.pid)) AS waits
              FROM pg_catalog.pg_stat_activity a
              WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
                AND (a.backend_type = 'client backend' AND a.backend_xmin IS NOT NULL AND a.xact_start < $3
                    AND pg_catalog.age(a.backend_xmin) > pg_catalog.age($1::pg_catalog.xid8::pg_catalog.xid)
                  OR {IsHidden} AND EXISTS (SELECT FROM pg_catalog.pg_locks l
                                            WHERE l.pid = a.pid AND l.locktype = 'virtualxid' AND l.virtualxid = ANY ($4)))
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted
                                AND l.objsubid = 2 AND l.classid = $2::oid)),
            cancelled AS MATERIALIZED (
              SELECT pg_catalog.pg_cancel_backend(a.pid) FROM older a
              WHERE a.waits AND a.query_start > a.xact_start AND {SessionRights.MayEnd})
            SELECT pg_catalog.format('server process %s (%s)', pid, coalesce(nullif(application_name, ''), usename, 'unknown'))
            FROM older WHERE NOT waits OR query_start > xact_start AND (SELECT pg_catalog.count(*) FROM cancelled) >= 0
            ORDER BY xact_start
            """, connection)
        {
            Parameters =
            {
                new() { Value = built.Xid }, new() { Value = (long)TargetLock.Space }, new() { Value = built.At },
                new() { Value = built.Hidden.ToArray() },
            },
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> found = [];
        while (await reader.ReadAsync(cancellationToken)) found.Add(reader.GetString(0));
        return found;
    }
}
