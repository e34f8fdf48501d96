using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>
/// flock(2) on the cluster's directory. The shell that becomes the server takes it, and all of the server's processes inherit it, so it is
/// released when the last one ends. Unlike process ids, it is visible from every container and PID namespace of the machine.
/// </summary>
internal static class ClusterLock
{
    /// <summary>The shell's exit code where another process holds the lock.</summary>
    public const int Held = 75;

    // After a server is killed, its children end soon, but not at once.
    private static readonly TimeSpan ChildrenTime = TimeSpan.FromSeconds(15);
    private static readonly Pause BetweenLooks = Pause.OfMilliseconds(50);

    /// <summary>
    /// Shell code; expects the cluster's directory in <c>$cluster</c>. If the file system has no such locks, or the machine has no
    /// flock(1), the server starts without one.
    /// </summary>
    public const string Take = """exec 9<"$cluster"; if flock -n 9 2>/dev/null; then :; elif [ $? -eq 1 ]; then exit 75; fi""";

    /// <summary>Waits until no process of a server holds the lock.</summary>
    /// <exception cref="UpgradeException">KU-6018: a server runs.</exception>
    public static Task WaitUntilFreeAsync(string cluster, CancellationToken cancellationToken)
    {
        var poll = new Poll(ChildrenTime, BetweenLooks, TimeProvider.System);
        return poll.UntilAsync(() => IsFree(cluster) || (poll.IsOver ? throw Runs(cluster) : false), cancellationToken);
    }

    public static UpgradeException Runs(string cluster) => new(new Problem("KU-6018", cluster,
        "A server that cannot be seen from here holds this cluster: it runs in another container or PID namespace, "
            + "probably since its krang-upgrade was killed there. A second server on the same files would destroy them. Nothing was "
            + "started.",
        $"Stop the server where it runs (as root: fuser -v '{cluster}', or end that container), then run the same command."));

    private static bool IsFree(string cluster)
    {
        if (!Libc.TryLockDirectory(cluster, out var held)) return false;
        held?.Dispose();
        return true;
    }
}
