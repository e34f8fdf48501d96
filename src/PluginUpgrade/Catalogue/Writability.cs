using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// Whether another user than root and the one who runs this could change what is loaded: a module runs with all our rights, so who can
/// write one can do what we can. Looks at the drop folder, at all that is in modules' folders, at every directory above, and where symbolic
/// links lead. On Linux only: elsewhere rights are told otherwise.
/// </summary>
internal sealed class Writability
{
    private const uint GroupWrite = 0x10, OthersWrite = 0x2, Sticky = 0x200;

    /// <summary>As the kernel's own limit.</summary>
    private const int MaxLinks = 40;

    private readonly uint _user = Unix.EffectiveUser;
    private readonly Dictionary<string, UnixEntry?> _entries = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _faults = new(StringComparer.Ordinal);

    /// <param name="dropFolder">None where one DLL was named by its path.</param>
    public static IReadOnlyList<Problem> Find(string? dropFolder, IEnumerable<ModuleFile> files)
    {
        if (!OperatingSystem.IsLinux()) return [];
        var look = new Writability();
        if (dropFolder is not null) look.LookAt(dropFolder, holdsModules: true);
        foreach (var file in files)
        {
            look.LookAt(file.Path, holdsModules: false);
            if (file.Folder is null) continue;
            look.LookAt(file.Folder, holdsModules: true);
            foreach (var (path, isFolder) in ModuleFolder.Entries(file)) look.LookAt(path, isFolder);
        }
        return Problem.Together(look._faults.Select(found => ModuleProblem.Insecure(found.Key, found.Value)));
    }

    /// <summary>The same for another folder whose files are put to use: what is wrong, by path.</summary>
    public static IReadOnlyDictionary<string, string> FaultsOf(string folder, IEnumerable<(string Path, bool IsFolder)> entries)
    {
        var look = new Writability();
        if (!OperatingSystem.IsLinux()) return look._faults;
        look.LookAt(folder, holdsModules: true);
        foreach (var (path, isFolder) in entries) look.LookAt(path, isFolder);
        return look._faults;
    }

    /// <summary>The entry, every directory on the way to it, and every link that is met, as the kernel meets them.</summary>
    /// <param name="holdsModules">What somebody adds to it would be loaded: being sticky does not help then.</param>
    private void LookAt(string path, bool holdsModules)
    {
        var (current, links) = ("/", 0);
        var rest = new Stack<string>(Components(path));
        Check(current, holdsModules && rest.Count == 0);
        while (rest.TryPop(out var name))
        {
            if (name == "..")
            {
                current = Path.GetDirectoryName(current) ?? "/";
                continue;
            }
            var next = Path.Join(current, name);
            var entry = Check(next, holdsModules && rest.Count == 0);
            if (entry is not { IsLink: true })
            {
                current = next;
                continue;
            }
            if (++links > MaxLinks || new FileInfo(next).LinkTarget is not { } target) return;
            if (target.StartsWith('/')) current = "/";
            foreach (var component in Components(target)) rest.Push(component);
        }
    }

    private static IEnumerable<string> Components(string path) => path.Split('/').Where(name => name is not ("" or ".")).Reverse();

    private UnixEntry? Check(string path, bool holdsModules)
    {
        if (!_entries.TryGetValue(path, out var entry)) _entries[path] = entry = Unix.Look(path);
        if (entry is not null && Fault(entry, holdsModules) is { } fault) _faults.TryAdd(path, fault);
        return entry;
    }

    private string? Fault(UnixEntry entry, bool holdsModules)
    {
        // Pipes and devices are not read.
        if (entry is { IsFile: false, IsDirectory: false, IsLink: false }) return null;
        if (entry.Uid != 0 && entry.Uid != _user) return "belongs to another user";
        // Rights on a link mean nothing: what counts is where it leads, and the directory that it lies in.
        if (entry.IsLink) return null;
        // Nobody can rename or replace others' entries in a sticky directory; but anybody can add some.
        if (entry is { IsDirectory: true } && (entry.Permissions & Sticky) != 0 && !holdsModules) return null;
        if ((entry.Permissions & OthersWrite) != 0) return "can be written to by every user";
        // A group that has its owner's number is the owner's own, with no other members: umask 002 does no harm there.
        return (entry.Permissions & GroupWrite) != 0 && entry.Gid != entry.Uid ? "can be written to by its group" : null;
    }
}
