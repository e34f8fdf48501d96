using Npgsql;
using PluginUpgrade.FaultTests.Invariants;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>Somebody with rights on the server who ends the host's sessions, as an administrator or a failover would.</summary>
public sealed class Attacker : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly string[] _databases;

    private Attacker(NpgsqlConnection connection, string[] databases) => (_connection, _databases) = (connection, databases);

    /// <summary>Of one fleet: other trials go on beside it.</summary>
    public static async Task<Attacker> OfAsync(Fleet fleet, CancellationToken cancellationToken)
    {
        var server = new NpgsqlConnectionStringBuilder(fleet.Databases[0]) { Database = "postgres" };
        return new Attacker(
            await Ask.OpenAsync(server.ConnectionString, cancellationToken),
            [.. fleet.Databases.Select(database => new NpgsqlConnectionStringBuilder(database).Database!)]);
    }

    /// <summary>Whether a host has a session.</summary>
    public async Task<bool> SeesAsync(int process, CancellationToken cancellationToken) =>
        await CountAsync("true", $"application_name LIKE '%:{process}'", cancellationToken) > 0;

    /// <summary>Ends one of the sessions, whichever; false where there is none.</summary>
    public async Task<bool> TerminateOneAsync(CancellationToken cancellationToken) =>
        await CountAsync("pg_terminate_backend(pid)", "true ORDER BY random() LIMIT 1", cancellationToken) > 0;

    /// <summary>Cancels one of the statements that run; false where none does.</summary>
    public async Task<bool> CancelOneAsync(CancellationToken cancellationToken) =>
        await CountAsync("pg_cancel_backend(pid)", "state = 'active' ORDER BY random() LIMIT 1", cancellationToken) > 0;

    /// <summary>Ends all sessions of one host.</summary>
    public Task<int> TerminateAllAsync(int process, CancellationToken cancellationToken) =>
        CountAsync("pg_terminate_backend(pid)", $"application_name LIKE '%:{process}'", cancellationToken);

    private async Task<int> CountAsync(string what, string which, CancellationToken cancellationToken)
    {
        var hits = await Ask.RowsAsync(_connection, $"""
            SELECT {what} FROM (
              SELECT pid FROM pg_stat_activity
              WHERE application_name LIKE 'krang-upgrade %' AND datname IN ('{string.Join("', '", _databases)}') AND {which}) AS found
            """, row => row.GetBoolean(0), cancellationToken);
        return hits.Count(hit => hit);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
