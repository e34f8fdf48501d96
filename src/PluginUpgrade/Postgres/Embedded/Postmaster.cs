using System.Globalization;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>The server process of a cluster, read from its postmaster.pid.</summary>
/// <param name="IsReady">Whether the server accepts clients: it has started and, where needed, recovered.</param>
internal sealed record Postmaster(int ProcessId, bool IsReady)
{
    /// <summary>Null if no server runs on this cluster, even if a crashed server left its file.</summary>
    /// <exception cref="UpgradeException">KU-6019: there is something else than a file in the place of postmaster.pid.</exception>
    public static Postmaster? Find(string cluster)
    {
        string[] lines;
        try
        {
            if (Libc.Look(PidFile(cluster)) is { IsFile: false }) throw NoFile(cluster);
            lines = RegularFile.ReadAllText(PidFile(cluster), follow: false).Split('\n');
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        if (!int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid) || !WorksIn(pid, cluster)) return null;
        // Line 8 is the status; https://github.com/postgres/postgres/blob/master/src/include/utils/pidfile.h
        return new Postmaster(pid, lines.Length > 7 && lines[7].Trim() == "ready");
    }

    /// <summary>
    /// Whether the process is the cluster's server. Its id alone does not prove it: ids are reused, in containers at once, and PostgreSQL
    /// refuses to start if a process of the same user has the id of the crashed server. A server's current directory is its cluster.
    /// </summary>
    public static bool WorksIn(int pid, string cluster)
    {
        var process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        if (Libc.Look(process + "/cwd", follow: true) is { } current) return current.Identity == Libc.Look(cluster, follow: true)?.Identity;
        // In many containers even root cannot read the current directory of another user's process. Then its name and its state decide.
        return Stat(process) is [var name, "S" or "R" or "D" or "T" or "t", ..] && name == "postgres";
    }

    /// <summary>
    /// A process's name, its state, and the rest of <c>/proc/PID/stat</c>, as in <c>123 (postgres) S 1 …</c>; null if it has ended.
    /// </summary>
    private static string[]? Stat(string process)
    {
        try
        {
            var text = File.ReadAllText(process + "/stat");
            var (open, close) = (text.IndexOf('(', StringComparison.Ordinal), text.LastIndexOf(')'));
            return [text[(open + 1)..close], .. text[(close + 2)..].Split(' ')];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static UpgradeException NoFile(string cluster) => new(new Problem("KU-6019", PidFile(cluster),
        "This is not a file but a link, a pipe, a device or a directory. PostgreSQL did not make it, so it is unknown whether a " +
        "server uses "
            + "the cluster. Nothing was started.",
        "Check whether a server runs (ps -ef | grep postgres) and who made this. Remove it, then run the same command."));

    public static string PidFile(string cluster) => Path.Combine(cluster, "postmaster.pid");
}
