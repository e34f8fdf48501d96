using System.Diagnostics;
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
    private readonly EmbeddedServerOptions _options = ThrowAway;
    private readonly string? _place;
    private TempDirectory? _directory;
    private EmbeddedServer? _server;
    private int _databases;

    public TestServer() { }

    private TestServer(string place, EmbeddedServerOptions options) => (_place, _options) = (place, options);

    /// <summary>One of a test's own, for what would disturb others.</summary>
    public static TestServer In(string directory, EmbeddedServerOptions options) => new(directory, options);

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
            // Hundreds of databases would have a process started ten times a second.
            ["autovacuum"] = "off",
        },
    };

    /// <summary>Settings of this server, over those of <see cref="ThrowAway"/>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    private EmbeddedServerOptions Options => _options with
    {
        Settings = new Dictionary<string, string>([.. _options.Settings.Where(setting => !Settings.ContainsKey(setting.Key)), .. Settings]),
    };

    /// <summary>As the server says it; empty while no database was asked for.</summary>
    public static string Version { get; private set; } = "";

    /// <summary>The server itself, for tests that need its programs, its process or its directory.</summary>
    public async Task<EmbeddedServer> StartedAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            var place = _place ?? (_directory ??= new TempDirectory()).Root;
            return _server ??= await EmbeddedServer.StartAsync(place, Options, TestContext.Current.CancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>
    /// Ends the server by a signal to its first process: KILL is a crash, QUIT is <c>stop -m immediate</c>, INT is <c>stop -m fast</c>.
    /// </summary>
    public async Task EndAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_server!.ProcessId}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// SIGKILL of a server process that is not the program's: the server ends all sessions, recovers, and goes on under the same first
    /// process. Returns when it lets clients in again.
    /// </summary>
    public async Task CrashBackendAsync()
    {
        await using (var victim = new NpgsqlConnection(Unpooled(_server!.ConnectionString)))
        {
            await victim.OpenAsync(TestContext.Current.CancellationToken);
            using var kill = Process.Start("kill", ["-KILL", $"{victim.ProcessID}"]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        // It lets clients in until it has seen that.
        await Task.Delay(300, TestContext.Current.CancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
            try
            {
                await using var connection = new NpgsqlConnection(Unpooled(_server.ConnectionString));
                await connection.OpenAsync(limit.Token);
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(50, limit.Token);
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
        await using var command = new NpgsqlCommand($"CREATE DATABASE {PostgresName.Quote(name)}{ByFiles(connection)}", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return Unpooled(server.ConnectionTo(name));
    }

    /// <summary>Makes CREATE DATABASE copy files: a third of the processor's time. Servers before 15 know no other way.</summary>
    public static string ByFiles(NpgsqlConnection connection) =>
        connection.PostgreSqlVersion.Major >= 15 ? " STRATEGY file_copy" : "";

    /// <summary>Starts it again, whether it still runs or has crashed. Connection strings stay as they are.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartedAsync();
    }

    /// <summary>Until it is asked for again.</summary>
    public async Task StopAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _server = null;
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
