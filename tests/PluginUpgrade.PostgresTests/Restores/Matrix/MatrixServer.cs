using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores.Matrix;

/// <summary>A server of the matrix's own: slots need another level of the log, and roles belong to the whole server.</summary>
public sealed class MatrixServer : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private TestServer? _server;

    internal TestServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = TestServer.In(_directory.Root, TestServer.ThrowAway with
        {
            Settings = new Dictionary<string, string>(TestServer.ThrowAway.Settings)
            {
                ["wal_level"] = "logical",
                ["max_replication_slots"] = "20",
            },
        });
        await using var connection = new NpgsqlConnection(await _server.CreateDatabaseAsync());
        await connection.OpenAsync();
        await using var roles = new NpgsqlCommand("""
            CREATE ROLE matrix_owner LOGIN CREATEDB; CREATE ROLE matrix_member LOGIN CREATEDB IN ROLE matrix_owner;
            CREATE ROLE matrix_foreign; CREATE ROLE matrix_reader;
            """, connection);
        await roles.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _directory.Dispose();
    }
}
