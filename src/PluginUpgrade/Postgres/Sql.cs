using Npgsql;

namespace PluginUpgrade.Postgres;

public static class Sql
{
    /// <summary>Sends statements without parameters and without results.</summary>
    /// <param name="limit">After this time the connection counts as dead; null: the connection's own limit.</param>
    public static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (limit is not null) command.CommandTimeout = Seconds(limit.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Seconds within which the server must answer krang-upgrade's own queries; after that the connection is dead. Connections of lanes
    /// have no limit of their own, since modules' statements may take any time.
    /// </summary>
    public static int LimitOf(NpgsqlConnection connection) => connection.CommandTimeout > 0 ? connection.CommandTimeout : 120;

    /// <summary>Does something in a transaction of which nothing is committed.</summary>
    public static async Task<T> RolledBackAsync<T>(NpgsqlConnection connection, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, "BEGIN", cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, "ROLLBACK", CancellationToken.None);
        }
    }

    /// <summary>Ends another session in the server: it rolls back and releases its locks.</summary>
    public static async Task EndSessionAsync(NpgsqlConnection connection, int backendPid, CancellationToken cancellationToken)
    {
        await using var end = new NpgsqlCommand("SELECT pg_catalog.pg_terminate_backend($1)", connection)
        {
            Parameters = { new() { Value = backendPid } },
        };
        await end.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Whether a module left a transaction open that Npgsql knows; it is rolled back.</summary>
    public static async Task<bool> IsInTransactionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var probe = await connection.BeginTransactionAsync(cancellationToken);
            await probe.RollbackAsync(cancellationToken);
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    /// <summary>The server's clock.</summary>
    public static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT pg_catalog.clock_timestamp()", connection);
        return new DateTimeOffset((DateTime)(await query.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>Whole seconds, as command timeouts count them.</summary>
    public static int Seconds(TimeSpan duration) => (int)Math.Clamp(Math.Ceiling(duration.TotalSeconds), 1, int.MaxValue / 1000);

    /// <summary>
    /// The value of a parameter <c>$1::text[]</c>, in the server's own syntax: connections for reading cannot send arrays.
    /// </summary>
    public static string Array(IEnumerable<string> texts) => $"{{{string.Join(',', texts.Select(Quoted))}}}";

    /// <summary>A text as a literal, for statements that take no parameters, whatever standard_conforming_strings is.</summary>
    public static string Literal(string text) =>
        $"E'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Quoted(string text) =>
        $"\"{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
