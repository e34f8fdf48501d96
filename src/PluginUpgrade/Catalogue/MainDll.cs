namespace PluginUpgrade.Catalogue;

/// <summary>
/// Finds the DLL of a module's folder that holds its modules or declared schemas: the DLL with the folder's name (case is ignored), or else
/// the only DLL that holds any, so that a folder can be renamed.
/// </summary>
internal static class MainDll
{
    /// <summary>Both null where the folder holds none.</summary>
    public static (string? Path, Problem? Problem) Of(string folder)
    {
        var dlls = In(folder);
        var name = Path.GetFileName(folder) + ".dll";
        var exact = dlls.Where(path => Path.GetFileName(path) == name).ToList();
        if (exact.Count == 1) return (exact[0], null);
        var similar = dlls.Where(path => Path.GetFileName(path).Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (similar.Count == 1) return (similar[0], null);
        var holding = dlls.Where(path => ModuleSearch.In(path).HoldsAny).ToList();
        return holding.Count > 1 ? (null, ModuleProblem.SeveralMainDlls(folder, holding)) : (holding.FirstOrDefault(), null);
    }

    public static bool IsDll(string name) => name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    /// <summary>Broken links are included: they were probably meant to be modules.</summary>
    private static List<string> In(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder)
                .Where(path => IsDll(path) && !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // FolderWalk reports a folder that cannot be listed.
            return [];
        }
    }
}
