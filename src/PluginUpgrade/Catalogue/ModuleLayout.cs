namespace PluginUpgrade.Catalogue;

/// <summary>
/// Which files of a module's folder its private copy holds, and where: dependencies, also those of <c>.deps.json</c> and of this platform,
/// lie beside the module's DLL. What the host shares or .NET brings is left out, and so is every file that names other places.
/// </summary>
internal sealed class ModuleLayout
{
    private readonly Dictionary<string, string> _found = new(StringComparer.Ordinal);

    private ModuleLayout(ModuleFile file) => Main = NameOf(Path.GetFileName(file.Path));

    /// <summary>The module's DLL, from the copy's folder.</summary>
    public string Main { get; }

    /// <summary>Where each lies in the copy, from its folder → the file that it is a copy of.</summary>
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

    /// <summary>The file of the assembly of that name; null where the module does not bring it.</summary>
    public string? Assembly(string name) => Files.GetValueOrDefault($"{name}.dll");

    private void Choose(string manifest)
    {
        foreach (var (place, path) in _found)
            if (place == Main || Belongs(place, path)) Files[place] = path;
        var placed = File.Exists(manifest) ? DependencyManifest.Placed(manifest, _found) : NativeOfThisPlatform();
        foreach (var (name, place) in placed)
            if (name != Main && Belongs(place, _found[place])) Files[name] = _found[place];
    }

    private static bool Belongs(string place, string path)
    {
        var parts = place.Split('/');
        if (parts.Any(part => part.StartsWith('.')) || NamesOtherPlaces(place)) return false;
        if (parts is ["runtimes", var platform, _, ..] && ThisPlatform.RankOf(platform) is null) return false;
        if (!MainDll.IsDll(place)) return true;
        var name = Path.GetFileNameWithoutExtension(place);
        return !HostAssemblies.IsShared(name) && (HostAssemblies.VersionOf(name) is not { } own || IsNewer(path, own));
    }

    private static bool NamesOtherPlaces(string place) => place.EndsWith(".deps.json", StringComparison.OrdinalIgnoreCase)
        || place.EndsWith(".runtimeconfig.json", StringComparison.OrdinalIgnoreCase)
        || place.EndsWith(".runtimeconfig.dev.json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Of .NET a module may bring a newer part.</summary>
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

    /// <summary>Without a manifest: what lies where packages keep native libraries.</summary>
    private Dictionary<string, string> NativeOfThisPlatform()
    {
        var placed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var identifier in ThisPlatform.Identifiers)
            foreach (var place in _found.Keys.Where(place => place.StartsWith($"runtimes/{identifier}/native/", StringComparison.Ordinal)))
            {
                var name = Path.GetFileName(place);
                if (!_found.ContainsKey(name)) placed.TryAdd(name, place);
            }
        return placed;
    }

    /// <summary>As the runtime looks for it, which knows one spelling of the extension.</summary>
    private static string NameOf(string place)
    {
        if (OperatingSystem.IsWindows()) place = place.Replace('\\', '/');
        return MainDll.IsDll(place) ? place[..^4] + ".dll" : place;
    }
}
