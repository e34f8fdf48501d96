using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores.Matrix;

/// <summary>
/// A server for all roles of the matrix, apart from the common one: slots need another level of the log, and roles belong to the whole
/// server. It starts when the first test asks for it.
/// </summary>
public sealed class MatrixServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly SemaphoreSlim _starting = new(1);
    private TestServer? _server;

    internal async Task<TestServer> StartedAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _server ??= await StartAsync(_directory.Root);
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _starting.Dispose();
        _directory.Dispose();
    }

    private static async Task<TestServer> StartAsync(string directory)
    {
        var server = TestServer.In(directory, TestServer.ThrowAway with
        {
            Settings = new Dictionary<string, string>(TestServer.ThrowAway.Settings)
            {
                ["wal_level"] = "logical",
                ["max_replication_slots"] = "20",
            },
        });
        await using var connection = new NpgsqlConnection(await server.CreateDatabaseAsync());
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var roles = new NpgsqlCommand("""
            CREATE ROLE matrix_owner LOGIN CREATEDB; CREATE ROLE matrix_member LOGIN CREATEDB IN ROLE matrix_owner;
            CREATE ROLE matrix_foreign; CREATE ROLE matrix_reader;
            """, connection);
        await roles.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
