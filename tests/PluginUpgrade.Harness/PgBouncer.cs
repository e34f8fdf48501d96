using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Harness;

/// <summary>
/// A real pgbouncer in front of a test server, on a port of its own. It does not run as root, and the server's socket is the server's
/// user's alone: it runs as that user.
/// </summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private Process _process = null!;

    private PgBouncer(int port) => Port = port;

    public int Port { get; }

    /// <param name="mode">session, transaction or statement.</param>
    /// <param name="settings">More lines of its configuration, such as <c>default_pool_size = 3</c>.</param>
    public static async Task<PgBouncer> StartAsync(EmbeddedServer server, string mode, params string[] settings)
    {
        var bouncer = new PgBouncer(FreePort());
        var file = Path.Combine(bouncer._directory.Root, "pgbouncer.ini");
        await File.WriteAllTextAsync(file, $"""
            [databases]
            * = host={server.SocketPath} port=5432 user={EmbeddedServer.Superuser}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {bouncer.Port.ToString(CultureInfo.InvariantCulture)}
            unix_socket_dir =
            auth_type = any
            pool_mode = {mode}
            {string.Join('\n', settings)}
            """, TestContext.Current.CancellationToken);
        var user = await ServerUser.ChooseAsync([server.DataDirectory], TestContext.Current.CancellationToken);
        var drop = await PrivilegeDrop.PlanAsync(user, bouncer._directory.Root, TestContext.Current.CancellationToken);
        var program = ProgramPath.Find("pgbouncer") ?? (File.Exists("/usr/sbin/pgbouncer") ? "/usr/sbin/pgbouncer" : "pgbouncer");
        bouncer._process = drop.Wrap(new ProgramCall { File = program, Arguments = ["-q", file] }).Start(out _, out var errors);
        await bouncer.WaitAsync(() => errors.Text);
        return bouncer;
    }

    /// <summary>The same database, through it.</summary>
    public string To(string database) => new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = Port }.ConnectionString;

    private async Task WaitAsync(Func<string> errors)
    {
        for (var i = 0; ; i++)
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited || i > 500, $"pgbouncer did not start: {errors()}");
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }
}
