using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>Where the server's socket lies: short, since a socket's path holds at most 107 bytes, and the server's user's alone.</summary>
internal static class SocketDirectory
{
    public const int Port = 5432;

    /// <summary>Not TMPDIR: every host of a machine must find the same.</summary>
    private static readonly string Temporary = Libc.RealPath("/tmp");

    /// <summary>The same for every host that uses one cluster, and for no other cluster.</summary>
    public static string PathFor(ServerFiles files, ServerUser user)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(files.Cluster)))[..16];
        return Path.Join(Temporary, string.Create(CultureInfo.InvariantCulture, $"krang-{user.Uid}-{hash}"));
    }

    /// <summary>
    /// Makes the directory. Everybody may write to /tmp and the name can be guessed, so one that is there already is used only where it
    /// is a real directory of the server's user that nobody else may enter.
    /// </summary>
    /// <exception cref="UpgradeException">KU-6011: it is something else.</exception>
    public static void Make(string path, ServerUser user)
    {
        var made = LinkFree.TryMakeDirectory(path, 0x1C0);
        var entry = Libc.Look(path);
        // Root's where a host was killed between making it and giving it away.
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
    /// Removes what a killed server left: it can keep the next one from starting where the process number is in use again.
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
            // Left behind, empty or not, it does no harm: the next start uses it.
        }
    }

    private static string Socket(string path) => string.Create(CultureInfo.InvariantCulture, $"{path}/.s.PGSQL.{Port}");
}
