using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Security.Cryptography;

namespace PluginUpgrade.Catalogue;

/// <summary>The objects of the modules that a run needs, one for each; or why there is none. Nothing of them was called yet.</summary>
public sealed class LoadedModules
{
    internal Dictionary<UpgradeModule, IUpgradeModule> Objects { get; } = [];

    internal List<CatalogueProblem> Found { get; } = [];

    /// <summary>All that went wrong, for all modules; empty where every one can be run.</summary>
    public IReadOnlyList<CatalogueProblem> Problems => Found;

    /// <exception cref="KeyNotFoundException">It was not asked for, or is among the <see cref="Problems"/>.</exception>
    public IUpgradeModule this[UpgradeModule module] => Objects[module];
}

/// <summary>Loads and constructs the modules that it is given and no others.</summary>
public static class ModuleLoader
{
    public static LoadedModules Load(IEnumerable<UpgradeModule> modules)
    {
        var loaded = new LoadedModules();
        foreach (var file in modules.Distinct().GroupBy(module => module.File, StringComparer.Ordinal))
            LoadFile(file.Key, [.. file], loaded);
        return loaded;
    }

    private static void LoadFile(string file, List<UpgradeModule> modules, LoadedModules loaded)
    {
        Assembly assembly;
        try
        {
            var bytes = OrdinaryFile.ReadAll(file);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            foreach (var module in modules.Where(module => module.Sha256 != sha256)) Fail(module, ModuleProblem.Moved(module));
            modules.RemoveAll(module => module.Sha256 != sha256);
            if (modules.Count == 0) return;
            assembly = new ModuleLoadContext(file).LoadMain(bytes);
            ResolveReferences(assembly, bytes);
        }
        catch (Exception e)
        {
            foreach (var module in modules) Fail(module, ModuleProblem.Unloadable(module, e));
            return;
        }
        foreach (var module in modules)
        {
            if (Construct(module, assembly, out var problem) is { } made) loaded.Objects[module] = made;
            else Fail(module, problem!);
        }

        void Fail(UpgradeModule module, Problem problem) =>
            loaded.Found.Add(new CatalogueProblem(problem, module.Component, module.Version));
    }

    /// <summary>The module's own code runs here for the first time, so anything may be thrown.</summary>
    private static IUpgradeModule? Construct(UpgradeModule module, Assembly assembly, out Problem? problem)
    {
        problem = null;
        Type type;
        try
        {
            type = assembly.GetType(module.TypeName, throwOnError: true)!;
            if (!typeof(IUpgradeModule).IsAssignableFrom(type))
                throw new InvalidCastException($"It does not implement this host's {nameof(IUpgradeModule)}.");
        }
        catch (Exception e)
        {
            problem = ModuleProblem.Unloadable(module, e);
            return null;
        }
        try
        {
            return (IUpgradeModule)Activator.CreateInstance(type)!;
        }
        catch (Exception e)
        {
            while (e is TargetInvocationException or TypeInitializationException && e.InnerException is { } inner) e = inner;
            problem = ModuleProblem.ConstructorThrew(module, e);
            return null;
        }
    }

    /// <summary>
    /// Looks up every type and member that the assembly refers to elsewhere: what is not there comes out now, and not in the middle of a
    /// step. (Compiling the hooks would not tell: the runtime puts off that error until the call is made.)
    /// </summary>
    private static void ResolveReferences(Assembly assembly, byte[] bytes)
    {
        using var image = AssemblyImage.Of(bytes);
        for (var row = 1; row <= image.Reader.GetTableRowCount(TableIndex.TypeRef); row++)
            assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(MetadataTokens.TypeReferenceHandle(row)));
        foreach (var handle in image.Reader.MemberReferences)
        {
            // Members of generic types would need to know of which; their types were looked up with the others.
            if (image.Reader.GetMemberReference(handle).Parent.Kind == HandleKind.TypeReference)
                assembly.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle));
        }
    }
}
