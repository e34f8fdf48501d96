using Npgsql;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>A database with a live schema, <c>acme</c>, and the one that is built beside it.</summary>
internal sealed class TwoSchemas : IAsyncDisposable
{
    public const string Live = "acme", Next = "acme__next", Before = "acme__before";

    private TwoSchemas(string database, NpgsqlConnection connection) => (Database, Connection) = (database, connection);

    public string Database { get; }

    public NpgsqlConnection Connection { get; }

    public static async Task<TwoSchemas> CreateAsync(TestServer server, string sql)
    {
        var database = await server.CreateDatabaseAsync();
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var schemas = new TwoSchemas(database, connection);
        await schemas.ExecuteAsync($"CREATE SCHEMA {Live}; CREATE SCHEMA {Next}; {sql}");
        return schemas;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The first column of all rows, as text.</summary>
    public async Task<List<string>> QueryAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<string> values = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            values.Add(reader.IsDBNull(0) ? "NULL" : $"{reader.GetValue(0)}");
        return values;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
