using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Harness;

/// <summary>
/// One throw-away PostgreSQL server for all tests of this assembly. Take it as a constructor parameter, and a fresh database of
/// your own in each test:
/// <code>
/// public class AJournal(TestServer server)
/// {
///     [Fact]
///     public async Task Is_made_where_it_is_missing()
///     {
///         var database = await server.CreateDatabaseAsync(); // a connection string
/// </code>
/// It starts when the first database is asked for, runs without fsync, and is removed after the last test. Databases are not removed
/// before. Connection strings have pooling off, so that no test meets another's sessions and the server's 200 connections suffice.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private TempDirectory? _directory;
    private EmbeddedServer? _server;
    private int _databases;

    /// <summary>Settings for servers that nobody will miss. <c>KRANG_POSTGRES_BIN</c>: of the programs in that directory.</summary>
    public static EmbeddedServerOptions ThrowAway { get; } = new()
    {
        Programs = Environment.GetEnvironmentVariable("KRANG_POSTGRES_BIN") is { Length: > 0 } directory ? directory : null,
        Settings = new Dictionary<string, string>
        {
            ["fsync"] = "off",
            ["synchronous_commit"] = "off",
            ["full_page_writes"] = "off",
            ["max_connections"] = "200",
            ["max_prepared_transactions"] = "10",
        },
    };

    /// <summary>As the server says it; empty while no database was asked for.</summary>
    public static string Version { get; private set; } = "";

    /// <summary>The server itself, for tests that need its programs, its process or its directory.</summary>
    public async Task<EmbeddedServer> StartedAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _directory ??= new TempDirectory();
            return _server ??= await EmbeddedServer.StartAsync(_directory.Root, ThrowAway, TestContext.Current.CancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>A new, empty database; its connection string, as the server's superuser.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var server = await StartedAsync();
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(Unpooled(server.ConnectionString));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        Version = $"{connection.PostgreSqlVersion}";
        await using var command = new NpgsqlCommand($"CREATE DATABASE {PostgresName.Quote(name)}", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return Unpooled(server.ConnectionTo(name));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _directory?.Dispose();
        _starting.Dispose();
        if (_server?.LeftRunning is { } problem) throw new InvalidOperationException(problem.ToString());
    }

    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}
