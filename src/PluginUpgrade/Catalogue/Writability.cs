using PluginUpgrade.Unix;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// Whether another user could change what is loaded: a module runs with all our rights. Looks at the drop folder, and at all that is in
/// modules' folders.
/// </summary>
internal static class Writability
{
    /// <param name="dropFolder">None where one DLL was named by its path.</param>
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
