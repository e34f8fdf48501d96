using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

/// <summary>Everything in a payload folder except its manifest. Links are not followed, and nothing is opened.</summary>
internal sealed class PayloadListing
{
    private readonly SortedDictionary<string, long> _files = new(StringComparer.Ordinal);
    private readonly List<(string Path, bool IsFolder)> _entries = [];
    private readonly List<Problem> _problems = [];
    private readonly string _folder;

    private PayloadListing(string folder) => _folder = folder;

    /// <summary>Sizes, by path relative to the folder.</summary>
    public IReadOnlyDictionary<string, long> Files => _files;

    /// <summary>All entries as absolute paths, to check who may change them.</summary>
    public IReadOnlyList<(string Path, bool IsFolder)> Entries => _entries;

    public IReadOnlyList<Problem> Problems => _problems;

    public static PayloadListing Of(string folder)
    {
        PayloadListing listing = new(folder);
        listing.Add(folder);
        return listing;
    }

    private void Add(string directory)
    {
        try
        {
            foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos()) Add(entry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add(PayloadProblem.Unreadable(directory, e.Message));
        }
    }

    private void Add(FileSystemInfo entry)
    {
        var path = Path.GetRelativePath(_folder, entry.FullName);
        switch (Libc.Look(entry.FullName)?.Kind)
        {
            case FileKind.Directory:
                _entries.Add((entry.FullName, true));
                Add(entry.FullName);
                break;
            case FileKind.File:
                _entries.Add((entry.FullName, false));
                if (path != PayloadManifest.FileName) _files[path] = ((FileInfo)entry).Length;
                break;
            case null:
                _problems.Add(PayloadProblem.Unreadable(path, "it is gone, or its name is not UTF-8"));
                break;
            default:
                _problems.Add(PayloadProblem.NoFile(path));
                break;
        }
    }
}
