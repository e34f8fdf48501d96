using System.IO.Enumeration;

namespace PluginUpgrade.Unix;

/// <summary>The files below a folder. Links to directories are listed like files, and not followed.</summary>
internal static class FilesBelow
{
    /// <summary>As paths relative to the folder.</summary>
    public static IEnumerable<string> PathsIn(string folder) => new FileSystemEnumerable<string>(
        folder, (ref entry) => Path.GetRelativePath(folder, entry.ToFullPath()),
        new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None })
    {
        ShouldIncludePredicate = (ref entry) => !IsDirectory(ref entry),
        ShouldRecursePredicate = (ref entry) => IsDirectory(ref entry),
    }.Order(StringComparer.Ordinal);

    /// <param name="unreadable">Called with the reason if the folder, or one in it, cannot be listed: then nothing is returned.</param>
    public static IReadOnlyList<string> PathsIn(string folder, Action<string> unreadable)
    {
        try
        {
            return [.. PathsIn(folder)];
        }
        catch (Exception e) when (FileError.Is(e))
        {
            unreadable(e.Message);
            return [];
        }
    }

    private static bool IsDirectory(ref FileSystemEntry entry) =>
        entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) == 0;
}
