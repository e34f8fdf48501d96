using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Harness;

/// <summary>A server of the test's own that asks everybody for a password (SCRAM), but its superuser on its socket.</summary>
public sealed class PasswordServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TestServer _server;
    private EmbeddedServer _started = null!;

    private PasswordServer() => _server = TestServer.In(_directory.Root, TestServer.ThrowAway);

    public static async Task<PasswordServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new PasswordServer();
        server._started = await server._server.StartedAsync();
        var rules = (await server.AskAsync("SHOW hba_file"))!;
        await File.WriteAllTextAsync(
            rules, $"local all {EmbeddedServer.Superuser} trust\nlocal all all scram-sha-256\n", cancellationToken);
        await server.ExecuteAsync("SELECT pg_reload_conf()");
        return server;
    }

    /// <summary>The connection string of another role.</summary>
    public string As(string user, string password) => new NpgsqlConnectionStringBuilder(_started.ConnectionString)
    {
        Username = user,
        Password = password,
        Pooling = false,
    }.ConnectionString;

    public Task CreateUserAsync(string user, string password) => ExecuteAsync(
        $"CREATE ROLE {PostgresName.Quote(user)} LOGIN PASSWORD '{password.Replace("'", "''", StringComparison.Ordinal)}'; "
        + $"GRANT ALL ON SCHEMA public TO {PostgresName.Quote(user)}");

    public Task ExecuteAsync(string sql) => AskAsync(sql);

    public async Task<string?> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(_started.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return $"{await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }
}
