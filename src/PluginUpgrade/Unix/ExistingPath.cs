namespace PluginUpgrade.Unix;

/// <summary>How much of a path exists.</summary>
/// <param name="Path">The path itself, or the nearest one above it that exists.</param>
/// <param name="Missing">The missing part, outermost first, as full paths.</param>
internal readonly record struct ExistingPath(string Path, IReadOnlyList<string> Missing)
{
    /// <summary>The state of the existing path.</summary>
    public FileState State => LinkFree.Look(Path) ?? throw new FileNotFoundException($"'{Path}' is gone.", Path);

    /// <param name="path">Absolute and free of links.</param>
    public static ExistingPath Of(string path) => Of(path, at => LinkFree.Look(at) is not null);

    /// <summary>The nearest existing directory; links to directories are followed.</summary>
    public static ExistingPath Directory(string path) => Of(
        System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)), System.IO.Directory.Exists);

    private static ExistingPath Of(string path, Func<string, bool> exists)
    {
        Stack<string> missing = [];
        for (; !exists(path); path = LinkFree.Parent(path)) missing.Push(path);
        return new(path, [.. missing]);
    }
}
