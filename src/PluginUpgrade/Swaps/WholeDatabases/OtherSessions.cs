using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// The sessions of databases that are being exchanged, besides krang-upgrade's own. Read and ended from the live database: whoever connects
/// now waits there.
/// </summary>
internal sealed class OtherSessions(NpgsqlConnection live, IReadOnlyList<long> databases, IReadOnlyList<int> ours)
{
    private static readonly Pause BetweenLooks = Pause.OfMilliseconds(5, 50);

    /// <summary>Waits until the server has locked the database for the session that renames it.</summary>
    /// <returns>False if it ended before.</returns>
    public async Task<bool> AreWaitingAsync(int renaming, Task rename)
    {
        for (var number = 1; !rename.IsCompleted; number++)
        {
            await using (var query = new NpgsqlCommand("""
                SELECT EXISTS (
                  SELECT FROM pg_catalog.pg_locks l
                  WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::regclass AND l.objid = $1::text::oid AND l.pid = $2
                    AND l.mode = 'AccessExclusiveLock' AND l.granted)
                """, live)
            {
                Parameters = { new() { Value = $"{databases[0]}" }, new() { Value = renaming } },
            })
                if (await query.ExecuteScalarAsync() is true) return true;
            await BetweenLooks.WaitAsync(number, TimeProvider.System, CancellationToken.None);
        }
        return false;
    }

    /// <summary>
    /// Ends all of them, and waits until they are gone: then everything that was committed can be read. The server itself ends autovacuum.
    /// </summary>
    /// <returns>Null, or who is left when <paramref name="rename"/> ended or the time was over.</returns>
    /// <exception cref="PostgresException">This role may not end one of them.</exception>
    public async Task<string?> EndAsync(Task rename, Func<bool> isOver)
    {
        for (var number = 1; ; number++)
        {
            var left = await FindAsync(ends: true, CancellationToken.None);
            if (left.Length == 0) return null;
            if (rename.IsCompleted || isOver()) return left;
            await BetweenLooks.WaitAsync(number, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <returns>Empty if there are none.</returns>
    public async Task<string> FindAsync(bool ends, CancellationToken cancellationToken)
    {
        // In a transaction, the server shows the sessions of the first look again.
        await Sql.ExecuteAsync(live, "SELECT pg_catalog.pg_stat_clear_snapshot()", cancellationToken);
        await using var query = new NpgsqlCommand($"""
            SELECT coalesce(nullif(a.application_name, ''), coalesce(a.backend_type, 'a session')),
                   coalesce(a.usename, 'unknown')::text, a.pid
                   {(ends ? EndsSql : "")}
            FROM pg_catalog.pg_stat_activity a
            WHERE a.datid = ANY ($1::text[]::oid[]) AND a.pid <> ALL ($2::text[]::integer[]) AND a.pid <> pg_catalog.pg_backend_pid()
            """, live)
        {
            Parameters =
            {
                new() { Value = Sql.Array(databases.Select(oid => $"{oid}")) },
                new() { Value = Sql.Array(ours.Select(pid => $"{pid}")) },
            },
            CommandTimeout = Sql.LimitOf(live),
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> found = [];
        while (await reader.ReadAsync(cancellationToken))
            found.Add($"{reader.GetString(0)} of {reader.GetString(1)} (server process {reader.GetInt32(2)})");
        return found.Count == 0 ? "" : Problem.Join(found);
    }

    private const string EndsSql =
        ", CASE WHEN a.backend_type IS DISTINCT FROM 'autovacuum worker' THEN pg_catalog.pg_terminate_backend(a.pid) END";
}
