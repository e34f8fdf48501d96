namespace PluginUpgrade.Catalogue;

/// <summary>
/// Which files of a module's folder go into its private copy, and where. Dependencies, also those that <c>.deps.json</c> or this platform
/// places in subfolders, are put beside the module's DLL. Left out are assemblies that krang-upgrade shares or .NET brings, and files that
/// point to other places.
/// </summary>
internal sealed class ModuleLayout
{
    private readonly Dictionary<string, string> _found = new(StringComparer.Ordinal);

    private ModuleLayout(ModuleFile file) => Main = NameOf(Path.GetFileName(file.Path));

    /// <summary>The module's DLL, relative to the copy's folder.</summary>
    public string Main { get; }

    /// <summary>Path relative to the copy's folder → the file that is copied there.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <exception cref="IOException">The module's <c>.deps.json</c> cannot be read.</exception>
    public static ModuleLayout Of(ModuleFile file)
    {
        var layout = new ModuleLayout(file);
        foreach (var (path, isFolder) in ModuleFolder.Entries(file))
            if (!isFolder) layout._found.TryAdd(NameOf(Path.GetRelativePath(file.Folder!, path)), path);
        layout._found[layout.Main] = file.Path;
        var symbols = Path.ChangeExtension(file.Path, ".pdb");
        if (File.Exists(symbols)) layout._found[Path.ChangeExtension(layout.Main, ".pdb")] = symbols;
        layout.Choose(Path.ChangeExtension(file.Path, ".deps.json"));
        return layout;
    }

    /// <summary>The file of the assembly with this name; null where the module does not bring it.</summary>
    public string? Assembly(string name) => Files.GetValueOrDefault($"{name}.dll");

    private void Choose(string manifest)
    {
        foreach (var (relative, path) in _found)
            if (relative == Main || Belongs(relative, path)) Files[relative] = path;
        var placed = File.Exists(manifest) ? DependencyManifest.Placed(manifest, _found) : NativeOfThisPlatform();
        foreach (var (name, relative) in placed)
            if (name != Main && Belongs(relative, _found[relative])) Files[name] = _found[relative];
    }

    private static bool Belongs(string relative, string path)
    {
        var parts = relative.Split('/');
        if (parts.Any(part => part.StartsWith('.')) || NamesOtherPaths(relative)) return false;
        if (parts is ["runtimes", var platform, _, ..] && ThisPlatform.RankOf(platform) is null) return false;
        if (!MainDll.IsDll(relative)) return true;
        var name = Path.GetFileNameWithoutExtension(relative);
        return !HostAssemblies.IsShared(name) && (HostAssemblies.VersionOf(name) is not { } own || IsNewer(path, own));
    }

    private static bool NamesOtherPaths(string relative) => relative.EndsWith(".deps.json", StringComparison.OrdinalIgnoreCase)
        || relative.EndsWith(".runtimeconfig.json", StringComparison.OrdinalIgnoreCase)
        || relative.EndsWith(".runtimeconfig.dev.json", StringComparison.OrdinalIgnoreCase);

    /// <summary>A module may bring a newer version of a .NET assembly.</summary>
    private static bool IsNewer(string path, Version own)
    {
        try
        {
            using var image = AssemblyImage.TryOpen(path);
            return image is not null && image.Version > own;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || ModuleReader.IsMangled(e))
        {
            return false;
        }
    }

    /// <summary>Without a .deps.json: the files in the folders where NuGet packages keep native libraries.</summary>
    private Dictionary<string, string> NativeOfThisPlatform()
    {
        var placed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var identifier in ThisPlatform.Identifiers)
            foreach (var relative in _found.Keys.Where(path => path.StartsWith($"runtimes/{identifier}/native/", StringComparison.Ordinal)))
            {
                var name = Path.GetFileName(relative);
                if (!_found.ContainsKey(name)) placed.TryAdd(name, relative);
            }
        return placed;
    }

    /// <summary>The spelling that the runtime looks for: it accepts only <c>.dll</c> in lower case.</summary>
    private static string NameOf(string relative)
    {
        if (OperatingSystem.IsWindows()) relative = relative.Replace('\\', '/');
        return MainDll.IsDll(relative) ? relative[..^4] + ".dll" : relative;
    }
}
