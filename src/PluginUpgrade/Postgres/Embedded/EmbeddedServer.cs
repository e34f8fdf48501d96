using System.Runtime.Versioning;
using Npgsql;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>A private PostgreSQL server in a directory, run from this machine's programs, reached by a Unix socket only.</summary>
/// <remarks>
/// Processes of krang-upgrade that run at the same time share one server: the first starts it, the last one stops it. A process that is
/// killed leaves the server running; the next process finds it, uses it and stops it. <c>start.lock</c> is held exclusively while the
/// server is started or stopped. <c>use.lock</c> is shared by all users of the server; the process that gets it exclusively is the last
/// one. The system releases both when a process ends. <see cref="ClusterLock"/> reveals a server whose process cannot be seen: the server's
/// own processes hold it on the cluster's directory.
/// </remarks>
public sealed class EmbeddedServer : IAsyncDisposable
{
    /// <summary>The server's only role, a superuser.</summary>
    public const string Superuser = "krang";

    private readonly ServerStart _server;
    private HostLock? _use;

    private EmbeddedServer(ServerStart server, Postmaster running, HostLock use)
    {
        (_server, ProcessId, _use) = (server, running.ProcessId, use);
        SocketPath = SocketDirectory.PathFor(server.Files, server.PrivilegeDrop.User);
        ConnectionString = ConnectionTo(server.Options.Database);
    }

    /// <summary>For Npgsql. It has no password: everybody who may enter the socket's directory is let in.</summary>
    public string ConnectionString { get; }

    /// <summary>The cluster's directory: what PostgreSQL calls PGDATA.</summary>
    public string DataDirectory => _server.Files.Cluster;

    public string LogFile => _server.Files.Log;

    public PostgresPrograms Programs => _server.Programs;

    /// <summary>The process id of the postmaster, the server's first process.</summary>
    public int ProcessId { get; }

    /// <summary>The directory of the socket: Npgsql's and libpq's host.</summary>
    public string SocketPath { get; }

    /// <summary>
    /// After <see cref="DisposeAsync"/>: why the server still runs although nobody uses it. The next krang-upgrade takes it over.
    /// </summary>
    public Problem? LeftRunning { get; private set; }

    /// <summary>The directory of an installation's server.</summary>
    public static string DirectoryBelow(string root) => Path.Combine(root, "data", "postgres");

    /// <summary>
    /// Starts the server of <paramref name="directory"/>, or joins the one that runs there. Creates what is missing: the directory, the
    /// cluster in it, the database.
    /// </summary>
    /// <param name="directory">See <see cref="DirectoryBelow"/>. It holds only this server's cluster, log and locks.</param>
    /// <exception cref="UpgradeException">The server cannot be started or joined; KU-60xx.</exception>
    public static async Task<EmbeddedServer> StartAsync(
        string directory, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UpgradeException(new Problem("KU-6016", "",
                "The embedded server works on Linux only.", "Set Installation:Database to another server."));
        }
        try
        {
            return await StartInAsync(Path.GetFullPath(directory), options, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpgradeException(new Problem("KU-6014", directory,
                $"The embedded server's files could not be read or written: {e.Message}",
                "Check permissions and free disk space, then run the same command."), e);
        }
    }

    /// <summary>The connection string for another database of this server.</summary>
    public string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = SocketPath,
        Port = SocketDirectory.Port,
        Username = Superuser,
        Database = database,
        // A Unix socket needs no encryption; PGSSLMODE and similar variables are meant for other servers.
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <summary>Stops the server, unless other processes use it. Does not throw: see <see cref="LeftRunning"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _use, null) is not { } use) return;
        NpgsqlConnection.ClearPool(new NpgsqlConnection(ConnectionString));
        try
        {
            var (files, options) = (_server.Files, _server.Options);
            using var stopping = await HostLock.ExclusiveAsync(files.StartLock, options.LockTimeout, CancellationToken.None);
            use.Dispose();
            using var last = HostLock.TryExclusive(files.UseLock);
            if (last is null || await _server.StopAsync("fast", options.StopTimeout)) return;
            LeftRunning = new Problem("KU-6013", DataDirectory,
                $"The embedded server could not be stopped and still runs as process {ProcessId}.",
                $"See {LogFile}. The next command uses this server.");
        }
        catch (UpgradeException e)
        {
            LeftRunning = e.Problems[0];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LeftRunning = new Problem("KU-6013", DataDirectory, $"The embedded server may still be running: {e.Message}",
                $"See {LogFile}.");
        }
        finally
        {
            use.Dispose();
        }
    }

    [SupportedOSPlatform("linux")]
    private static async Task<EmbeddedServer> StartInAsync(
        string directory, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        // The user and the programs are found before anything is created.
        var user = await ServerUser.ChooseAsync([Path.Combine(directory, "cluster"), directory], cancellationToken);
        var newest = Directory.Exists(directory) ? null : await PostgresPrograms.FindAsync(options.Programs, null, cancellationToken);
        var files = ServerFiles.In(directory);
        var drop = await PrivilegeDrop.PlanAsync(user, files.Directory, cancellationToken);

        using var starting = await HostLock.ExclusiveAsync(files.StartLock, options.LockTimeout, cancellationToken);
        bool alone;
        using (var probe = HostLock.TryExclusive(files.UseLock)) alone = probe is not null;
        // Nobody else can hold it exclusively: that requires the start lock, which this process holds.
        var use = HostLock.TryShared(files.UseLock) ?? throw new IOException($"{files.UseLock} is locked by another program.");
        try
        {
            var major = files.Major();
            var programs = newest is not null && major is null
                ? newest
                : await PostgresPrograms.FindAsync(options.Programs, major, cancellationToken);
            var server = new ServerStart(files, programs, drop, options);
            if (major is null) await NewCluster.MakeAsync(files, programs, drop, options.Durable, cancellationToken);
            return await RunAsync(server, alone, use, cancellationToken);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private static async Task<EmbeddedServer> RunAsync(ServerStart server, bool alone, HostLock use, CancellationToken cancellationToken)
    {
        var socket = SocketDirectory.PathFor(server.Files, server.PrivilegeDrop.User);
        SocketDirectory.Make(socket, server.PrivilegeDrop.User);
        ServerFiles.MakeFor(server.PrivilegeDrop.User, server.Files.LogDirectory);
        await NewCluster.RemoveUnfinishedAsync(server.Files, server.PrivilegeDrop);
        var running = await JoinAsync(server, socket, alone, cancellationToken);
        if (running is null && !alone) throw GoneUnderOthers(server.Files);
        running ??= await server.StartAsync(cancellationToken);
        try
        {
            var embedded = new EmbeddedServer(server, running, use);
            await embedded.MakeDatabaseAsync(cancellationToken);
            return embedded;
        }
        catch
        {
            if (alone) await server.StopAsync("fast", server.Options.StopTimeout);
            throw;
        }
    }

    /// <summary>The server that already runs; null if none does.</summary>
    private static async Task<Postmaster?> JoinAsync(ServerStart server, string socket, bool alone, CancellationToken cancellationToken)
    {
        if (Postmaster.Find(server.Files.Cluster) is null) return null;
        var running = await server.ReadyAsync(cancellationToken);
        if (running is null || SocketDirectory.HasSocket(socket)) return running;
        if (!alone) throw GoneUnderOthers(server.Files);
        // /tmp was cleared while nobody used the server. Without its socket it cannot be reached.
        await server.StopAsync("fast", server.Options.StopTimeout);
        SocketDirectory.Make(socket, server.PrivilegeDrop.User);
        return null;
    }

    private async Task MakeDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = _server.Options.Database;
        try
        {
            var unpooled = new NpgsqlConnectionStringBuilder(ConnectionTo("postgres")) { Pooling = false }.ConnectionString;
            await using var connection = new NpgsqlConnection(unpooled);
            await connection.OpenAsync(cancellationToken);
            await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
            find.Parameters.Add(new NpgsqlParameter { Value = name });
            if (await find.ExecuteScalarAsync(cancellationToken) is not null) return;
            await using var make = new NpgsqlCommand($"CREATE DATABASE {PostgresName.Quote(name)}", connection);
            await make.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw new UpgradeException(new Problem("KU-6010", DataDirectory,
                $"The embedded server runs, but its database {name} could not be opened or created: {e.Message}", $"See {LogFile}."), e);
        }
    }

    private static UpgradeException GoneUnderOthers(ServerFiles files) => new(new Problem("KU-6017", files.Directory,
        "Another krang-upgrade uses the embedded server, but the server cannot be reached: it was killed, or it runs in "
            + "another container. A second server on the same files would destroy them.",
        $"End the other krang-upgrade (fuser -v '{files.UseLock}'), then run the same command."));
}
