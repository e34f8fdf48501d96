using PluginUpgrade.Unix;

namespace PluginUpgrade.Catalogue;

/// <summary>Everything below a folder. Links to files and folders are followed, except links back to an enclosing folder.</summary>
internal static class FolderWalk
{
    /// <summary>Far more than any module has: probably a link to the root of a file system.</summary>
    public const int MaxEntries = 100_000;

    /// <param name="Real">The folder's path without links.</param>
    /// <param name="Outer">The folder from which it was entered.</param>
    private sealed record Level(string Path, string Real, Level? Outer)
    {
        public bool IsWithin(string real) => Real == real || (Outer?.IsWithin(real) ?? false);
    }

    /// <param name="unreadable">Called with each folder that cannot be listed, and the reason. Null: such a folder counts as empty.</param>
    /// <param name="outer">An enclosing folder: links back to it are not followed.</param>
    public static IEnumerable<(string Path, bool IsFolder)> Below(
        string folder, Action<string, string>? unreadable = null, string? outer = null)
    {
        var open = new Stack<Level>();
        var around = outer is not null && RealPath(outer) is { } known ? new Level(outer, known, null) : null;
        if (RealPath(folder) is { } start && around?.Real != start) open.Push(new Level(folder, start, around));
        var left = MaxEntries;
        while (open.TryPop(out var level))
        {
            foreach (var entry in Listing(level.Path, unreadable))
            {
                if (left-- == 0)
                {
                    unreadable?.Invoke(folder, $"It contains more than {MaxEntries} files and folders.");
                    yield break;
                }
                var isFolder = (entry.Attributes & FileAttributes.Directory) != 0;
                yield return (entry.FullName, isFolder);
                if (!isFolder) continue;
                var real = entry.LinkTarget is null ? Path.Join(level.Real, entry.Name) : RealPath(entry.FullName);
                if (real is not null && !level.IsWithin(real)) open.Push(new Level(entry.FullName, real, level));
            }
        }
    }

    public static bool IsSame(string folder, string other) => RealPath(folder) is { } real && real == RealPath(other);

    private static FileSystemInfo[] Listing(string folder, Action<string, string>? unreadable)
    {
        try
        {
            var entries = new DirectoryInfo(folder).GetFileSystemInfos();
            Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unreadable?.Invoke(folder, e.Message);
            return [];
        }
    }

    private static string? RealPath(string path)
    {
        try
        {
            return OperatingSystem.IsWindows()
                ? new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path
                : Libc.RealPath(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was removed a moment ago, is a link to itself, or leads where this user may not look.
            return null;
        }
    }
}
