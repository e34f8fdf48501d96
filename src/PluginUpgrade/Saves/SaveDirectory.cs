using System.Globalization;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Saves;

/// <summary>
/// Where saves lie. A save is written as <c>ID.partial</c>, under a lock in <c>ID.lock</c> that ends with its host, and is renamed to
/// <c>ID</c> when it is whole; one that is being removed is <c>ID.removed</c>.
/// </summary>
public sealed class SaveDirectory(string path)
{
    internal const string Partial = ".partial", Removed = ".removed", Lock = ".lock";
    internal const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const uint GroupWrite = 0x10, OthersWrite = 0x2;

    public string Path => path;

    /// <summary>In the order of time, but for those of the same second.</summary>
    public static string NewId(DateTimeOffset now, Guid run) =>
        string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{run.ToString("N")[^8..]}");

    public static bool IsId(string name) => name is { Length: 25 } && name[16] == '-' && name[17..].All(char.IsAsciiHexDigitLower)
        && DateTime.TryParseExact(name[..16], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>All saves, oldest first, whole or not; none where the directory does not exist.</summary>
    public IReadOnlyList<Save> Saves() => !Directory.Exists(path) ? [] :
    [
        .. Directory.EnumerateDirectories(path).Where(folder => IsId(System.IO.Path.GetFileName(folder))).Select(Save.Read)
            .OrderBy(save => save.Id[..16], StringComparer.Ordinal).ThenBy(save => save.Manifest?.FinishedAt)
            .ThenBy(save => save.Id, StringComparer.Ordinal),
    ];

    /// <summary>Null where there is none of that ID.</summary>
    public Save? Find(string id) => IsId(id) && Directory.Exists(System.IO.Path.Combine(path, id))
        ? Save.Read(System.IO.Path.Combine(path, id)) : null;

    /// <summary>What killed hosts left: folders that nobody writes to any more.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        if (!Directory.Exists(path)) return [];
        return [.. Directory.EnumerateDirectories(path).Where(folder => IsLeftover(folder)).Order(StringComparer.Ordinal)];
    }

    private bool IsLeftover(string folder)
    {
        var name = System.IO.Path.GetFileName(folder);
        if (name.EndsWith(Removed, StringComparison.Ordinal)) return IsId(name[..^Removed.Length]);
        if (!name.EndsWith(Partial, StringComparison.Ordinal) || !IsId(name[..^Partial.Length])) return false;
        var file = System.IO.Path.Combine(path, name[..^Partial.Length] + Lock);
        if (!File.Exists(file)) return true;
        try
        {
            using var free = HostLock.TryExclusive(file);
            return free is not null;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Takes the name of a save away first: half a save is none.</summary>
    /// <returns>What is left to be removed, if anything is.</returns>
    public Problem? Remove(Save save)
    {
        try
        {
            Directory.Move(save.Folder, save.Folder + Removed);
            Unix.SyncDirectory(path);
            return SaveFolder.Remove(save.Folder + Removed)
                ? null : SaveProblem.NotRemoved(save.Folder + Removed, "it is no save any more, and something in it is in use");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SaveProblem.NotRemoved(save.Folder, e.Message);
        }
    }

    /// <summary>Whether another user owns it, or may write to it. Nothing is said of one that does not exist yet.</summary>
    public Problem? Insecure()
    {
        if (!OperatingSystem.IsLinux() || Unix.Look(path, follow: true) is not { } entry) return null;
        if (!entry.IsDirectory) return SaveProblem.NotOurs(path, "is no directory");
        if (entry.Uid != Unix.EffectiveUser) return SaveProblem.NotOurs(path, "belongs to another user");
        if ((entry.Permissions & OthersWrite) != 0) return SaveProblem.NotOurs(path, "can be written to by every user");
        // A group that has its owner's number is the owner's own, with no other members.
        return (entry.Permissions & GroupWrite) != 0 && entry.Gid != entry.Uid
            ? SaveProblem.NotOurs(path, "can be written to by its group") : null;
    }
}
