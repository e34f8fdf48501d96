using Npgsql;

namespace PluginUpgrade.Postgres;

public static class Sql
{
    /// <summary>Sends statements without parameters and without results.</summary>
    /// <param name="limit">After which the connection counts as dead; none: what the connection says.</param>
    public static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (limit is not null) command.CommandTimeout = Seconds(limit.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Seconds within which a question of ours is answered: after that the connection is dead. Connections of lanes have no limit by
    /// themselves, since modules' statements may take any time.
    /// </summary>
    public static int LimitOf(NpgsqlConnection connection) => connection.CommandTimeout > 0 ? connection.CommandTimeout : 120;

    /// <summary>Ends another session in the server: it rolls back and gives its locks free.</summary>
    public static async Task EndSessionAsync(NpgsqlConnection connection, int backendPid, CancellationToken cancellationToken)
    {
        await using var end = new NpgsqlCommand("SELECT pg_catalog.pg_terminate_backend($1)", connection)
        {
            Parameters = { new() { Value = backendPid } },
        };
        await end.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>As commands count their time.</summary>
    public static int Seconds(TimeSpan duration) => (int)Math.Clamp(Math.Ceiling(duration.TotalSeconds), 1, int.MaxValue / 1000);

    /// <summary>A parameter for <c>$1::text[]</c>, as the server writes arrays: connections for reading know none.</summary>
    public static string Array(IEnumerable<string> texts) => $"{{{string.Join(',', texts.Select(Quoted))}}}";

    private static string Quoted(string text) =>
        $"\"{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
