using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>
/// The directory of the server's socket. The path is short, because a socket's path holds at most 107 bytes, and only the server's user may
/// enter the directory.
/// </summary>
internal static class SocketDirectory
{
    public const int Port = 5432;

    /// <summary>Not TMPDIR: every process on a machine must find the same path.</summary>
    private static readonly string Temporary = Libc.RealPath("/tmp");

    /// <summary>One path for each cluster, the same in every process.</summary>
    public static string PathFor(ServerFiles files, ServerUser user)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(files.Cluster)))[..16];
        return Path.Join(Temporary, string.Create(CultureInfo.InvariantCulture, $"krang-{user.Uid}-{hash}"));
    }

    /// <summary>
    /// Creates the directory. Everybody may write to /tmp and the name can be guessed, so an existing one is used only if it is a real
    /// directory that belongs to the server's user and that nobody else may enter.
    /// </summary>
    /// <exception cref="UpgradeException">KU-6011: it is something else.</exception>
    public static void Make(string path, ServerUser user)
    {
        var made = LinkFree.TryMakeDirectory(path, 0x1C0);
        var entry = Libc.Look(path);
        // Root owns it if a process was killed between creating it and changing its owner.
        if (Libc.IsRoot && entry is { IsDirectory: true, User: 0 } && user.Uid != 0)
        {
            LinkFree.SetOwner(path, user.Uid, user.Gid);
            entry = Libc.Look(path);
        }
        if (entry is { IsDirectory: true, Mode: 0x1C0 } state && state.User == user.Uid) return;
        throw new UpgradeException(new Problem("KU-6011", path,
            $"The directory for the server's socket {(made ? "changed while it was made" : "was made by another user")}. "
                + $"It is not used: it must belong to {user} and have mode 0700.",
            $"Check whose it is (ls -ld {path}), remove it, then run the same command."));
    }

    /// <summary>
    /// Removes the socket and the lock file of a killed server: they can prevent the next start if the process id is in use again.
    /// </summary>
    public static void Clean(string path)
    {
        if (LinkFree.Look(path) is not { IsDirectory: true }) return;
        foreach (var name in (string[])[Socket(path), Socket(path) + ".lock"])
            if (LinkFree.Look(name) is not null) LinkFree.DeleteFile(name);
    }

    public static bool HasSocket(string path) => File.Exists(Socket(path));

    public static void Remove(string path)
    {
        try
        {
            LinkFree.TryDeleteDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // If it stays, it does no harm: the next start uses it.
        }
    }

    private static string Socket(string path) => string.Create(CultureInfo.InvariantCulture, $"{path}/.s.PGSQL.{Port}");
}
