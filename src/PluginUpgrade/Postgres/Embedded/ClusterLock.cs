using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>
/// flock(2) on the cluster's directory, taken by the shell that becomes the server, and inherited by all of its processes: it ends with the
/// last of them. Unlike their numbers it is seen from every container and PID namespace of the machine.
/// </summary>
internal static class ClusterLock
{
    /// <summary>What the shell ends with where others hold it.</summary>
    public const int Held = 75;

    // Of a killed server the children end soon but not at once.
    private static readonly TimeSpan ChildrenTime = TimeSpan.FromSeconds(15);
    private static readonly Pause BetweenLooks = Pause.OfMilliseconds(50);

    /// <summary>
    /// For the shell, with the cluster's directory as <c>$cluster</c>. Where the file system has no such locks, or the machine no flock(1),
    /// the server starts without one.
    /// </summary>
    public const string Take = """exec 9<"$cluster"; if flock -n 9 2>/dev/null; then :; elif [ $? -eq 1 ]; then exit 75; fi""";

    /// <summary>Waits until no process of a server holds it.</summary>
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
