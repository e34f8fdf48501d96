using Npgsql;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Databases;

/// <summary>The session that blocks another one, by a lock.</summary>
/// <param name="Since">When its transaction began, by the server's clock; null where this role may not see it.</param>
/// <param name="Others">How many more sessions hold the lock or wait for it ahead.</param>
public sealed record Blocker(
    int Pid, string Application, string User, string Client, DateTimeOffset? Since, string State, string Statement, int Others)
{
    /// <summary>The session that blocks the backend <paramref name="waiting"/>; null where that does not wait for a lock.</summary>
    public static async Task<Blocker?> FindAsync(NpgsqlConnection connection, int waiting, CancellationToken cancellationToken)
    {
        // Sessions that do not wait themselves come first. Of other roles' sessions, this role may see only the process id.
        await using var query = new NpgsqlCommand("""
            SELECT b.pid, coalesce(a.application_name, ''), coalesce(a.usename, '')::text, coalesce(pg_catalog.host(a.client_addr), ''),
                   a.xact_start, coalesce(a.state, ''), coalesce(pg_catalog.left(a.query, 500), ''),
                   (pg_catalog.count(*) OVER ())::integer - 1
            FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b(pid) LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
            ORDER BY coalesce(a.wait_event_type = 'Lock', false), a.xact_start LIMIT 1
            """, connection)
        {
            Parameters = { new() { Value = waiting } },
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return new Blocker(
            reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
            reader.IsDBNull(4) ? null : new DateTimeOffset(reader.GetDateTime(4)), reader.GetString(5),
            SqlText.Shown(reader.GetString(6)), reader.GetInt32(7));
    }

    public override string ToString()
    {
        // pg_blocking_pids shows a prepared transaction as process 0.
        if (Pid == 0) return "a prepared transaction (see pg_prepared_xacts)";
        var who = $"{(Application.Length > 0 ? Application : "a session")}{(User.Length > 0 ? $" of {User}" : "")} " +
            $"from {(Client.Length > 0 ? Client : "this machine or an unknown one")}, server process {Pid}";
        var what = Statement.Length == 0 ? "" : State == "active" ? $", running: {Statement}" : $", {State}, last statement: {Statement}";
        return $"{who}{(Since is { } since ? $", in a transaction since {since:yyyy-MM-dd HH:mm:ss}Z" : "")}{what}" +
            (Others > 0 ? $" (and {Others} more)" : "");
    }
}
