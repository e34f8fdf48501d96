namespace PluginUpgrade.Catalogue;

/// <summary>
/// Which DLL of a module's folder holds its modules: the one of the folder's name, in any case of letters; or else the only one that
/// holds any, so that a folder may be renamed.
/// </summary>
internal static class MainDll
{
    /// <summary>Neither where the folder is no module's.</summary>
    public static (string? Path, Problem? Problem) Of(string folder)
    {
        var dlls = In(folder);
        var name = Path.GetFileName(folder) + ".dll";
        var exact = dlls.Where(path => Path.GetFileName(path) == name).ToList();
        if (exact.Count == 1) return (exact[0], null);
        var similar = dlls.Where(path => Path.GetFileName(path).Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (similar.Count == 1) return (similar[0], null);
        var holding = dlls.Where(path => ModuleSearch.In(path).HoldsModule).ToList();
        return holding.Count > 1 ? (null, ModuleProblem.SeveralMainDlls(folder, holding)) : (holding.FirstOrDefault(), null);
    }

    public static bool IsDll(string name) => name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    /// <summary>A link to nowhere was put there to be a module too.</summary>
    private static List<string> In(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder)
                .Where(path => IsDll(path) && !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever walks the folder tells that.
            return [];
        }
    }
}
