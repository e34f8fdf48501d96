using System.Security.Cryptography;

namespace PluginUpgrade.Catalogue;

/// <summary>What lies beside a module's DLL and may be loaded with it: dependencies, translations, native libraries.</summary>
internal static class ModuleFolder
{
    /// <summary>
    /// Everything in the folder and below it. Of a folder that is not the module's own, where a DLL was named by its path, only what lies
    /// directly in it and can be loaded: that may be anybody's home.
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
            // What cannot be listed cannot be loaded; where that matters, the catalogue misses it.
            return [];
        }
    }
}
