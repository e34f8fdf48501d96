using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>Starts and stops the server of a cluster, and waits until that is done. Requires the start lock.</summary>
internal sealed record ServerStart(ServerFiles Files, PostgresPrograms Programs, PrivilegeDrop PrivilegeDrop, EmbeddedServerOptions Options)
{
    // After a server is killed, its children end soon, but not at once. Until then the cluster's shared memory is in use.
    private const string ChildrenStillThere = "pre-existing shared memory block";
    private static readonly TimeSpan ChildrenTime = TimeSpan.FromSeconds(15);

    /// <summary>pg_ctl waits until postmaster.pid is removed; the process ends shortly after.</summary>
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(5);

    private static readonly Pause BetweenStarts = Pause.OfMilliseconds(200), BetweenLooks = Pause.OfMilliseconds(25);

    // The shell redirects output to the log, and takes the cluster's lock. Everything variable is a positional parameter, so the shell
    // interprets no character of a path.
    private const string IntoLog =
        $"""umask 077; log=$1; cluster=$2; shift 2; {ClusterLock.Take}; exec "$@" </dev/null >>"$log" 2>&1""";

    private string Socket { get; } = SocketDirectory.PathFor(Files, PrivilegeDrop.User);

    public Task<Postmaster> StartAsync(CancellationToken cancellationToken)
    {
        var poll = new Poll(ChildrenTime, BetweenStarts, TimeProvider.System);
        return poll.UntilAsync(() => TryStartAsync(poll, cancellationToken), cancellationToken);
    }

    /// <returns>Null while children of a killed server block the start.</returns>
    private async Task<Postmaster?> TryStartAsync(Poll patience, CancellationToken cancellationToken)
    {
        await ClusterLock.WaitUntilFreeAsync(Files.Cluster, cancellationToken);
        await RemoveStaleFileAsync(cancellationToken);
        SocketDirectory.Clean(Socket);
        Files.RotateLog(Options.LogLimit);
        var offset = Files.LogLength;
        using var process = Call().Start(out _, out var errors);
        try
        {
            if (await ReadyAsync(() => process.HasExited, cancellationToken) is { } ready) return ready;
        }
        catch
        {
            await StopAsync("immediate", TimeSpan.FromSeconds(10));
            // The server had not yet written postmaster.pid, so pg_ctl could not find it.
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.HasExited && process.ExitCode == ClusterLock.Held) throw ClusterLock.Runs(Files.Cluster);
        var log = await Files.LastLogLinesAsync(offset, cancellationToken);
        if (log.Contains(ChildrenStillThere, StringComparison.Ordinal) && !patience.IsOver) return null;
        RemoveSocket();
        throw Failure($"The server did not start. {errors.Text}{log}".TrimEnd());
    }

    /// <summary>Waits until a server that another process started is ready. Null if it ended instead.</summary>
    public Task<Postmaster?> ReadyAsync(CancellationToken cancellationToken) =>
        ReadyAsync(() => false, cancellationToken);

    /// <summary>False if the server still runs when the time is up.</summary>
    public async Task<bool> StopAsync(string mode, TimeSpan timeout)
    {
        // Stopping is cleanup: it cannot be cancelled, but its time is limited.
        var cancellationToken = CancellationToken.None;
        if (Postmaster.Find(Files.Cluster) is not { } running)
        {
            RemoveSocket();
            return true;
        }
        var seconds = ((int)Math.Ceiling(timeout.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await PrivilegeDrop.Wrap(new ProgramCall
        {
            File = Programs["pg_ctl"],
            Arguments = ["stop", "-D", Files.Cluster, "-m", mode, "-w", "-t", seconds],
            Timeout = timeout + TimeSpan.FromSeconds(5),
        }).RunAsync(cancellationToken);
        var poll = new Poll(LastMoment, BetweenLooks, TimeProvider.System);
        await poll.UntilAsync(() => poll.IsOver || !Postmaster.WorksIn(running.ProcessId, Files.Cluster), cancellationToken);
        if (Postmaster.WorksIn(running.ProcessId, Files.Cluster)) return false;
        RemoveSocket();
        return true;
    }

    /// <summary>As the server's user, who owns the cluster's files.</summary>
    private async Task RemoveStaleFileAsync(CancellationToken cancellationToken)
    {
        if (Postmaster.Find(Files.Cluster) is not null || Libc.Look(Postmaster.PidFile(Files.Cluster)) is null) return;
        await PrivilegeDrop.Wrap(new ProgramCall { File = "rm", Arguments = ["-f", "--", Postmaster.PidFile(Files.Cluster)] })
            .RunAsync(cancellationToken);
    }

    private void RemoveSocket()
    {
        SocketDirectory.Clean(Socket);
        SocketDirectory.Remove(Socket);
    }

    private async Task<Postmaster?> ReadyAsync(Func<bool> hasExited, CancellationToken cancellationToken)
    {
        var (seen, ended) = (false, false);
        Postmaster? found = null;
        var poll = new Poll(Options.StartTimeout, BetweenLooks, TimeProvider.System);
        await poll.UntilAsync(() =>
        {
            var exited = hasExited();
            found = Postmaster.Find(Files.Cluster);
            ended = found is not { IsReady: true } && (exited || seen && found is null);
            seen |= found is not null;
            return found is { IsReady: true } || ended || poll.IsOver;
        }, cancellationToken);
        if (found is { IsReady: true }) return found;
        return ended ? null : throw Failure($"The server was not ready after {Options.StartTimeout.TotalSeconds:0} seconds. "
            + await Files.LastLogLinesAsync(0, cancellationToken));
    }

    private ProgramCall Call()
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "",
            ["unix_socket_directories"] = Socket,
            ["unix_socket_permissions"] = "0700",
            ["port"] = SocketDirectory.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["max_connections"] = "100",
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
            ["log_line_prefix"] = "%m [%p] ",
        };
        foreach (var (name, value) in Options.Settings) settings[name] = value;
        var named = settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
        string[] postgres = [Programs["postgres"], "-D", Files.Cluster, .. named];
        return PrivilegeDrop.Wrap(
            new ProgramCall { File = "/bin/sh", Arguments = ["-c", IntoLog, "sh", Files.Log, Files.Cluster, .. postgres] });
    }

    private UpgradeException Failure(string message) => new(new Problem("KU-6010", Files.Cluster, message,
        $"Fix the cause (the full log is {Files.Log}), then run the same command: it starts the server again."));
}
