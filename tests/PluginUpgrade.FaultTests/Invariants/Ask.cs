using Npgsql;

namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>The checker's own way to a database: it shares no code with the program that it checks.</summary>
internal static class Ask
{
    public static async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>
    /// Ends what <see cref="OpenAsync"/> keeps open for the next time: a database with sessions can be neither copied nor dropped.
    /// </summary>
    public static void Leave(string database)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database));
        NpgsqlConnection.ClearPool(connection);
    }

    private static string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder(database) { Pooling = true, ApplicationName = "checker" }.ConnectionString;

    public static async Task<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken)) rows.Add(row(reader));
        return rows;
    }

    public static Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        RowsAsync(connection, sql, row => $"{row.GetValue(0)}", cancellationToken);

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string relation, CancellationToken cancellationToken) =>
        (await TextsAsync(connection, $"SELECT 1 WHERE to_regclass('{relation}') IS NOT NULL", cancellationToken)).Count > 0;

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
