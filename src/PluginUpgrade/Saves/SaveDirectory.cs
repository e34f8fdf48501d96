using System.Globalization;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>
/// The directory of saves. A save is written as <c>ID.partial</c>, under a lock in <c>ID.lock</c> that ends with its process, and is
/// renamed to <c>ID</c> when it is complete. One that is being removed is <c>ID.removed</c>.
/// </summary>
public sealed class SaveDirectory(string path)
{
    internal const string Partial = ".partial", Removed = ".removed", Lock = ".lock";

    public string Path => path;

    /// <summary>IDs sort by time, except within the same second.</summary>
    public static string NewId(DateTimeOffset now, Guid run) =>
        string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{run.ToString("N")[^8..]}");

    public static bool IsId(string name) => name is { Length: 25 } && name[16] == '-' && name[17..].All(char.IsAsciiHexDigitLower)
        && DateTime.TryParseExact(name[..16], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>All saves, oldest first, complete or not; empty if the directory does not exist.</summary>
    public IReadOnlyList<Save> Saves() => !Directory.Exists(path) ? [] :
    [
        .. Directory.EnumerateDirectories(path).Where(folder => IsId(System.IO.Path.GetFileName(folder))).Select(Save.Read)
            .OrderBy(save => save.Id[..16], StringComparer.Ordinal).ThenBy(save => save.Manifest?.FinishedAt)
            .ThenBy(save => save.Id, StringComparer.Ordinal),
    ];

    /// <summary>Null if there is no save with that ID.</summary>
    public Save? Find(string id) => IsId(id) && Directory.Exists(System.IO.Path.Combine(path, id))
        ? Save.Read(System.IO.Path.Combine(path, id)) : null;

    /// <summary>Folders that killed processes left: nobody writes to them any more.</summary>
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

    /// <summary>Renames the save first: a partly removed save must not count as one.</summary>
    /// <returns>The problem if something could not be removed.</returns>
    public async Task<Problem?> RemoveAsync(Save save)
    {
        try
        {
            var folder = System.IO.Path.Join(Libc.RealPath(path), save.Id);
            LinkFree.Rename(folder, folder + Removed);
            LinkFree.SyncDirectory(Libc.RealPath(path));
            return await SaveFolder.RemoveAsync(save.Folder + Removed)
                ? null : SaveProblem.NotRemoved(save.Folder + Removed, "it is no longer a save, but something in it is in use");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SaveProblem.NotRemoved(save.Folder, e.Message);
        }
    }

    /// <summary>
    /// Whether a user other than root and this one could change the saves: owns the directory or one above it, or may write to one. If it
    /// does not exist yet, the directories above it are checked.
    /// </summary>
    public Problem? Insecure()
    {
        if (!OperatingSystem.IsLinux()) return null;
        if (Libc.Look(path, follow: true) is { IsDirectory: false }) return SaveProblem.NotOurs(path, "is not a directory");
        return Ownership.FaultOf(path, isFolder: true) is var (where, fault) ? SaveProblem.NotOurs(where, fault) : null;
    }
}
