using PluginUpgrade.Catalogue.Declarations;
using PluginUpgrade.Catalogue.Signatures;

namespace PluginUpgrade.Catalogue;

/// <summary>The modules and declared schemas found in a file that should not hold any.</summary>
/// <param name="Types">The classes in it that are modules or declare a schema, or were meant to.</param>
/// <param name="Sha256">Set where it holds any.</param>
/// <param name="Fault">Why the file cannot be checked; null where it was.</param>
internal sealed record ModuleSearchResult(string Path, IReadOnlyList<string> Types, string Sha256 = "", Problem? Fault = null)
{
    public bool HoldsAny => Types.Count > 0;
}

/// <summary>
/// Looks for modules and declared schemas in files that krang-upgrade never loads as such. It looks at the content, not at the extension,
/// which may have been changed.
/// </summary>
internal static class ModuleSearch
{
    private static readonly string[] Extensions = [".dll", ".exe", ".netmodule"];

    public static ModuleSearchResult In(string path)
    {
        try
        {
            return OrdinaryFile.IsProgram(path) ? InProgram(path) : new ModuleSearchResult(path, []);
        }
        catch (FileNotFoundException) when (Path.GetFileName(path).StartsWith('.'))
        {
            // A hidden broken link: editors use such links as lock files.
            return new ModuleSearchResult(path, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ModuleSearchResult(path, [], Fault: ModuleProblem.Unreadable(path, e.Message));
        }
    }

    private static ModuleSearchResult InProgram(string path)
    {
        try
        {
            using var image = AssemblyImage.TryOpen(path);
            if (image is null || !MayReachContract(image, path)) return new ModuleSearchResult(path, []);
            using var assemblies = new PrivateAssemblies(image, name => HostAssemblies.DllIn(Path.GetDirectoryName(path)!, name));
            List<string> types = [];
            foreach (var handle in image.Reader.TypeDefinitions)
            {
                var type = new TypeAt(image, handle);
                if (ModuleClass.Find(type, assemblies) is not null || DeclarationClass.Find(type, assemblies) is not null)
                    types.Add(new ClassShape(type).FullName);
            }
            return new ModuleSearchResult(path, types, types.Count > 0 ? ModuleFolder.HashOf(OrdinaryFile.ReadAll(path)) : "");
        }
        catch (Exception e) when (ModuleReader.IsMangled(e))
        {
            // Other files may also begin with MZ.
            return new ModuleSearchResult(path, [], Fault: Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
                ? ModuleProblem.NotAnAssembly(path, e.Message) : null);
        }
    }

    /// <summary>Most libraries refer neither to the Sdk nor to an assembly beside them that could: they cannot hold a module.</summary>
    private static bool MayReachContract(AssemblyImage image, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        foreach (var handle in image.Reader.AssemblyReferences)
        {
            var name = image.Reader.GetString(image.Reader.GetAssemblyReference(handle).Name);
            if (name.Equals(HostAssemblies.Sdk, StringComparison.OrdinalIgnoreCase)) return true;
            if (HostAssemblies.VersionOf(name) is null && HostAssemblies.DllIn(folder, name) is { } dll && File.Exists(dll)) return true;
        }
        return false;
    }
}
