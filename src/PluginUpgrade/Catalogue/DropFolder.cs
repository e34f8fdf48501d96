namespace PluginUpgrade.Catalogue;

/// <summary>A DLL that should hold modules, and the folder of its private dependencies: null for a lone DLL.</summary>
internal sealed record ModuleFile(string Path, string? Folder)
{
    /// <summary>Whether the folder, with everything below it, belongs to this module.</summary>
    public bool OwnsFolder { get; init; }
}

/// <param name="Others">
/// Every other file at any depth. A module in one of them is a problem, because these files are never loaded as modules.
/// </param>
internal sealed record DropFolderListing(
    IReadOnlyList<ModuleFile> Files, IReadOnlyList<string> Others, IReadOnlyList<Problem> Problems);

/// <summary>Lists <c>upgrade/</c>: which files should be modules, and which should not.</summary>
internal sealed class DropFolder
{
    private static readonly string[] Companions = [".pdb", ".xml", ".deps.json", ".runtimeconfig.json"];

    private readonly List<ModuleFile> _files = [];
    private readonly List<string> _others = [];
    private readonly List<Problem> _problems = [];
    private readonly HashSet<string> _lone = new(StringComparer.Ordinal);

    public static DropFolderListing List(string directory)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = new DirectoryInfo(directory).GetFileSystemInfos();
        }
        catch (DirectoryNotFoundException)
        {
            return new DropFolderListing([], [], [ModuleProblem.NoDropFolder(directory)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DropFolderListing([], [], [ModuleProblem.Unreadable(directory, e.Message)]);
        }
        Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new DropFolder().Sort(entries);
    }

    private DropFolderListing Sort(FileSystemInfo[] entries)
    {
        foreach (var entry in entries)
            if (IsDll(entry)) _lone.Add(Path.GetFileNameWithoutExtension(entry.Name));
        foreach (var entry in entries)
        {
            if (IsFolder(entry)) AddFolder(entry);
            else if (IsDll(entry)) _files.Add(new ModuleFile(entry.FullName, null));
            else AddOther(entry);
        }
        return new DropFolderListing(_files, _others, _problems);
    }

    private void AddFolder(FileSystemInfo folder)
    {
        var drop = Path.GetDirectoryName(folder.FullName)!;
        if (folder.LinkTarget is not null && FolderWalk.IsSame(folder.FullName, drop))
        {
            _problems.Add(ModuleProblem.ForeignFolder(folder.FullName));
            return;
        }
        var below = FolderWalk.Below(folder.FullName, (path, why) => _problems.Add(ModuleProblem.Unreadable(path, why)), drop)
            .Where(entry => !entry.IsFolder).Select(entry => entry.Path).ToList();
        var isHidden = folder.Name.StartsWith('.');
        var (main, problem) = isHidden ? default : MainDll.Of(folder.FullName);
        if (problem is not null) _problems.Add(problem);
        if (main is not null) _files.Add(new ModuleFile(main, folder.FullName) { OwnsFolder = true });
        else if (!isHidden && problem is null) _problems.Add(ModuleProblem.ForeignFolder(folder.FullName));
        // Where several DLLs could be the main one, the problem names those that hold modules.
        _others.AddRange(below.Where(path => path != main && (problem is null || Path.GetDirectoryName(path) != folder.FullName)));
    }

    private void AddOther(FileSystemInfo entry)
    {
        _others.Add(entry.FullName);
        if (!entry.Name.StartsWith('.') && !IsLinkToNowhere(entry) && !IsCompanion(entry))
            _problems.Add(ModuleProblem.ForeignFile(entry.FullName));
    }

    private bool IsCompanion(FileSystemInfo entry)
    {
        foreach (var extension in Companions)
        {
            if (entry.Name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)
                && _lone.Contains(entry.Name[..^extension.Length])) return true;
        }
        return false;
    }

    private static bool IsFolder(FileSystemInfo entry) => (entry.Attributes & FileAttributes.Directory) != 0;

    private static bool IsLinkToNowhere(FileSystemInfo entry) => entry.LinkTarget is not null && !File.Exists(entry.FullName);

    private static bool IsDll(FileSystemInfo entry) => !entry.Name.StartsWith('.') && MainDll.IsDll(entry.Name) && !IsFolder(entry);
}
