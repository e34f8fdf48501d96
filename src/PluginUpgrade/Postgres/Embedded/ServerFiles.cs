using System.Globalization;
using PluginUpgrade.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>The files in the embedded server's directory, <c>data/postgres</c> below the installation's root.</summary>
/// <remarks>
/// The directory and the locks belong to krang-upgrade's user. Only <see cref="Cluster"/> and <see cref="LogDirectory"/> belong to the
/// server's user, so that root never writes where somebody else could have placed a link.
/// </remarks>
internal sealed record ServerFiles(string Directory)
{
    private const uint ForAllToEnter = 0x1ed, Private = 0x1c0;

    public string Cluster => Path.Combine(Directory, "cluster");

    public string LogDirectory => Path.Combine(Directory, "log");

    public string Log => Path.Combine(LogDirectory, "server.log");

    /// <summary>Held while the server is started or stopped.</summary>
    public string StartLock => Path.Combine(Directory, "start.lock");

    /// <summary>Shared by every process that uses the server.</summary>
    public string UseLock => Path.Combine(Directory, "use.lock");

    /// <summary>Creates the directory if it is missing.</summary>
    public static ServerFiles In(string directory)
    {
        // With any umask, the server's user must be able to pass through to its cluster.
        LinkFree.MakeDirectories(directory, ForAllToEnter);
        return new ServerFiles(Libc.RealPath(directory));
    }

    /// <summary>The major version that created the cluster; null if there is no cluster.</summary>
    public int? Major()
    {
        if (!System.IO.Directory.Exists(Cluster)) return null;
        var file = Path.Combine(Cluster, "PG_VERSION");
        // "15"; before PostgreSQL 10: "9.6".
        var text = Libc.Look(file) is { IsFile: true } ? RegularFile.ReadAllText(file, follow: false).Trim().Split('.')[0] : "";
        return int.TryParse(text, CultureInfo.InvariantCulture, out var major) ? major : throw new UpgradeException(new Problem(
            "KU-6015", Cluster, "The directory is not a PostgreSQL cluster: it has no PG_VERSION. Nothing in it was changed.",
            "Move it away to start with an empty database, or restore the cluster that was here."));
    }

    /// <summary>Creates a directory that only the server's user may enter, if it is missing.</summary>
    public static void MakeFor(ServerUser user, string directory) =>
        LinkFree.TryMakeDirectory(directory, Private, Libc.IsRoot ? (user.Uid, user.Gid) : null);

    public long LogLength => LinkFree.Look(Log)?.Length ?? 0;

    /// <exception cref="IOException">There is something else than a file in the place of the log.</exception>
    public void RotateLog(long limit)
    {
        if (LinkFree.Look(Log) is not { } state) return;
        if (!state.IsFile) throw new IOException($"'{Log}' is not a file but a link, a pipe, a device or a directory.");
        if (state.Length > limit) LinkFree.RenameOver(Log, Log + ".1");
    }

    /// <summary>The last few lines that the server logged from <paramref name="offset"/> on.</summary>
    public async Task<string> LastLogLinesAsync(long offset, CancellationToken cancellationToken)
    {
        if (LinkFree.Look(Log) is not { IsFile: true }) return "";
        using var log = new FileStream(LinkFree.OpenRead(Log), FileAccess.Read);
        log.Seek(Math.Max(offset, log.Length - OutputTail.Limit), SeekOrigin.Begin);
        using var reader = new StreamReader(log);
        var lines = (await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return string.Join('\n', WithoutStatements(lines).TakeLast(10));
    }

    /// <summary>Removes failed statements: the server logs them with their values.</summary>
    internal static IEnumerable<string> WithoutStatements(IEnumerable<string> lines)
    {
        var isStatement = false;
        foreach (var line in lines)
        {
            isStatement = line.Contains("] STATEMENT:", StringComparison.Ordinal) || line.Contains("] QUERY:", StringComparison.Ordinal)
                || (isStatement && line.StartsWith('\t'));
            if (!isStatement) yield return line;
        }
    }
}
