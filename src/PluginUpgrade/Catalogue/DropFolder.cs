namespace PluginUpgrade.Catalogue;

/// <summary>A DLL that is to hold modules, and the folder that its private dependencies may lie in: none for a lone DLL.</summary>
internal sealed record ModuleFile(string Path, string? Folder);

internal sealed record DropFolderListing(IReadOnlyList<ModuleFile> Files, IReadOnlyList<Problem> Problems);

/// <summary>What lies in <c>upgrade/</c>: which files are to be modules, and which do not belong there.</summary>
internal static class DropFolder
{
    private static readonly string[] Companions = [".pdb", ".xml", ".deps.json", ".runtimeconfig.json"];

    public static DropFolderListing List(string directory)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = new DirectoryInfo(directory).GetFileSystemInfos();
        }
        catch (DirectoryNotFoundException)
        {
            return new DropFolderListing([], [ModuleProblem.NoDropFolder(directory)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DropFolderListing([], [ModuleProblem.Unreadable(directory, e.Message)]);
        }
        Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return Sort(entries);
    }

    private static DropFolderListing Sort(FileSystemInfo[] entries)
    {
        var files = new List<ModuleFile>(entries.Length);
        var problems = new List<Problem>();
        var lone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
            if (IsDll(entry)) lone.Add(Path.GetFileNameWithoutExtension(entry.Name));

        foreach (var entry in entries)
        {
            if (entry.Name.StartsWith('.')) continue;
            if (IsDll(entry)) files.Add(new ModuleFile(entry.FullName, null));
            else if (!IsFolder(entry)) AddUnlessCompanion(entry);
            else if (DllOf(entry) is { } dll) files.Add(new ModuleFile(dll, entry.FullName));
            else problems.Add(ModuleProblem.ForeignFolder(entry.FullName));
        }
        return new DropFolderListing(files, problems);

        void AddUnlessCompanion(FileSystemInfo entry)
        {
            foreach (var extension in Companions)
            {
                if (entry.Name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)
                    && lone.Contains(entry.Name[..^extension.Length])) return;
            }
            problems.Add(ModuleProblem.ForeignFile(entry.FullName));
        }
    }

    private static bool IsFolder(FileSystemInfo entry) => (entry.Attributes & FileAttributes.Directory) != 0;

    private static bool IsDll(FileSystemInfo entry) =>
        !entry.Name.StartsWith('.') && entry.Name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) && !IsFolder(entry);

    private static string? DllOf(FileSystemInfo folder)
    {
        var dll = Path.Combine(folder.FullName, folder.Name + ".dll");
        // A link to nowhere does not "exist", yet was put there to be a module.
        return File.Exists(dll) || new FileInfo(dll).LinkTarget is not null ? dll : null;
    }
}
