namespace PluginUpgrade.Unix;

/// <summary>
/// Whether a user other than root and the one who runs this process could change what krang-upgrade obeys: such a user could do what
/// krang-upgrade can. Checks each path, every directory above it, and where symbolic links lead, from the top: in a directory to which
/// nobody else may write, nothing can be exchanged after the check. On Linux only: other systems report rights in other ways.
/// </summary>
internal sealed class Ownership
{
    private const uint GroupWrite = 0x10, OthersWrite = 0x2, Sticky = 0x200;

    private readonly uint _user = Libc.EffectiveUser;
    private readonly Dictionary<string, FileState?> _entries = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _faults = new(StringComparer.Ordinal);

    /// <summary>The faults, by path. For a missing path, the directories above it are checked.</summary>
    /// <param name="entries">
    /// Paths, and whether krang-upgrade would obey what somebody adds to the directory: then the sticky bit does not help.
    /// </param>
    public static IReadOnlyDictionary<string, string> FaultsOf(IEnumerable<(string Path, bool IsFolder)> entries)
    {
        var look = new Ownership();
        if (!OperatingSystem.IsLinux()) return look._faults;
        foreach (var (path, isFolder) in entries) look.LookAt(path, isFolder);
        return look._faults;
    }

    /// <summary>The same for one path: the first fault, as the end of a sentence.</summary>
    public static (string Path, string Fault)? FaultOf(string path, bool isFolder) =>
        FaultsOf([(path, isFolder)]) is { Count: > 0 } faults ? faults.Select(found => (found.Key, found.Value)).First() : null;

    /// <summary>What is wrong with an open file or directory.</summary>
    public static string? Fault(FileState entry, bool isFolder) => Fault(entry, isFolder, Libc.EffectiveUser);

    /// <summary>Checks the entry, every directory on the way to it, and every link on the way.</summary>
    private void LookAt(string path, bool isFolder)
    {
        Check("/", isFolder && path.All(letter => letter is '/' or '.'));
        PathWalk.Follow("/", path, (entry, isLast) =>
            Check(entry, isFolder && isLast) is { IsLink: true } ? new FileInfo(entry).LinkTarget : null);
    }

    private FileState? Check(string path, bool isFolder)
    {
        if (!_entries.TryGetValue(path, out var entry)) _entries[path] = entry = Libc.Look(path);
        if (entry is { } state && (Fault(state, isFolder, _user) ?? FaultOfList(path, state)) is { } fault) _faults.TryAdd(path, fault);
        return entry;
    }

    private static string? Fault(FileState entry, bool isFolder, uint user)
    {
        if (entry.User != 0 && entry.User != user) return "belongs to another user";
        // Rights on a link mean nothing: the place where it leads counts, and the directory that it is in.
        if (entry.IsLink) return null;
        // Pipes and devices are not read.
        if (entry.Kind == FileKind.Other) return null;
        // In a sticky directory nobody can rename or replace entries of other users, but everybody can add some.
        if (entry.IsDirectory && (entry.Mode & Sticky) != 0 && !isFolder) return null;
        if ((entry.Mode & OthersWrite) != 0) return "can be written to by every user";
        // A group with its owner's number is the owner's own and has no other members: umask 002 does no harm there.
        return (entry.Mode & GroupWrite) != 0 && entry.Group != entry.User ? "can be written to by its group" : null;
    }

    /// <summary>With an access control list, the group's bits are the most that anybody in the list may do.</summary>
    private static string? FaultOfList(string path, FileState entry) =>
        !entry.IsLink && entry.Kind != FileKind.Other && (entry.Mode & (GroupWrite | Sticky)) == GroupWrite && Libc.HasAccessList(path)
            ? "has an access control list that lets others write" : null;
}
