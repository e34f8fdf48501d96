using Npgsql;

namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>I5: no locks, sessions, prepared transactions or temporary tables are left in the targets' databases.</summary>
internal static class Leftovers
{
    /// <summary>A server process needs a moment to see that its client is gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<List<Violation>> FindAsync(Expectation expected, CancellationToken cancellationToken)
    {
        List<Violation> found = [];
        foreach (var database in expected.Targets.Select(target => target.Database).Distinct())
        {
            var start = TimeProvider.System.GetTimestamp();
            List<Violation> now;
            while ((now = await ReadAsync(database, cancellationToken)).Count > 0 && TimeProvider.System.GetElapsedTime(start) < Patience)
                await Task.Delay(50, cancellationToken);
            found.AddRange(now);
        }
        return found;
    }

    private static async Task<List<Violation>> ReadAsync(string database, CancellationToken cancellationToken)
    {
        await using var connection = await Ask.OpenAsync(database, cancellationToken);
        var name = new NpgsqlConnectionStringBuilder(database).Database!;
        var left = await Ask.TextsAsync(connection, """
            SELECT 'an advisory lock of process ' || l.pid FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            UNION ALL
            SELECT 'the session of ' || application_name || ': ' || state || ' ' || left(query, 100) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'krang-upgrade%'
            UNION ALL
            SELECT 'the prepared transaction ' || gid FROM pg_prepared_xacts WHERE database = current_database()
            UNION ALL
            SELECT 'the temporary table ' || oid::regclass FROM pg_class WHERE relpersistence = 't'
            """, cancellationToken);
        return [.. left.Select(what => new Violation("I5", name, $"{what} is left"))];
    }
}
