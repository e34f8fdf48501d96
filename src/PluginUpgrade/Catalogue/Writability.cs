using PluginUpgrade.Unix;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// Whether another user could change code that is loaded: modules run with all rights of this process. Checks the drop folder and
/// everything in modules' folders.
/// </summary>
internal static class Writability
{
    /// <param name="dropFolder">Null where one DLL was named by its path.</param>
    public static IReadOnlyList<Problem> Find(string? dropFolder, IEnumerable<ModuleFile> files)
    {
        List<(string, bool)> entries = dropFolder is null ? [] : [(dropFolder, true)];
        foreach (var file in files)
        {
            entries.Add((file.Path, false));
            if (file.Folder is not null) entries.AddRange([(file.Folder, true), .. ModuleFolder.Entries(file)]);
        }
        return Problem.Together(Ownership.FaultsOf(entries).Select(found => ModuleProblem.Insecure(found.Key, found.Value)));
    }
}
