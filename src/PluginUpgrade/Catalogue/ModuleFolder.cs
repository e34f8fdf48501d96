using System.Security.Cryptography;

namespace PluginUpgrade.Catalogue;

/// <summary>The files beside a module's DLL that may be loaded with it: dependencies, translations, native libraries.</summary>
internal static class ModuleFolder
{
    /// <summary>
    /// Everything in the folder and below it. Where the folder is not the module's own (a DLL was named by its path), only loadable files
    /// directly in it: the folder may be somebody's home directory.
    /// </summary>
    public static IEnumerable<(string Path, bool IsFolder)> Entries(ModuleFile file) =>
        file.Folder is not { } folder ? []
        : file.OwnsFolder ? FolderWalk.Below(folder)
        : Files(folder).Where(IsLoadable).Select(path => (path, false));

    public static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static bool IsLoadable(string path) => Path.GetFileName(path) is var name
        && (name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".dylib", StringComparison.Ordinal)
            || name.EndsWith(".so", StringComparison.Ordinal) || name.Contains(".so.", StringComparison.Ordinal));

    private static string[] Files(string folder)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed counts as empty. Where the module needs its files, the catalogue reports them as missing.
            return [];
        }
    }
}
