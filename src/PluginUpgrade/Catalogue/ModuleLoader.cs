using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

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
    /// <summary>A constructor should do no work; this is for a slow disk.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="limit">How long one file's modules may take; null: <see cref="Limit"/>.</param>
    public static LoadedModules Load(IEnumerable<UpgradeModule> modules, TimeSpan? limit = null)
    {
        var loaded = new LoadedModules();
        foreach (var file in modules.Distinct().GroupBy(module => module.File, StringComparer.Ordinal))
            LoadFile(file.Key, [.. file], limit is { } given && given < Limit ? given : Limit, loaded);
        return loaded;
    }

    /// <summary>Aside, so that a constructor that never ends does not keep us: then its thread is left behind.</summary>
    private static void LoadFile(string file, List<UpgradeModule> modules, TimeSpan limit, LoadedModules loaded)
    {
        var what = $"{Problem.Join([.. modules.Select(module => $"{module}")])}, being loaded";
        var loading = Task.Run(() => ModulesAtWork.DuringAsync(what, () =>
        {
            var own = new LoadedModules();
            LoadFile(file, modules, own);
            return Task.FromResult(own);
        }));
        var ended = loading.Wait(limit);
        foreach (var (module, made) in ended ? loading.Result.Objects : []) loaded.Objects[module] = made;
        loaded.Found.AddRange(ended ? loading.Result.Found : modules.Select(module =>
            new CatalogueProblem(ModuleProblem.ConstructorHangs(module, limit), module.Component, module.Version)));
    }

    private static void LoadFile(string file, List<UpgradeModule> modules, LoadedModules loaded)
    {
        Assembly assembly;
        try
        {
            var bytes = OrdinaryFile.ReadAll(file);
            var hashes = ModuleFolder.Hashes(new ModuleFile(file, modules[0].Folder) { OwnsFolder = modules[0].OwnsFolder });
            var sha256 = ModuleFolder.HashOf(bytes);
            var moved = modules.SelectMany(module => module.Dependencies)
                .Where(seen => hashes.GetValueOrDefault(seen.Key) != seen.Value).Select(seen => seen.Key)
                .Concat(modules.Where(module => module.Sha256 != sha256).Select(_ => file)).Distinct().ToList();
            foreach (var problem in moved.Select(ModuleProblem.Moved))
                foreach (var module in modules) Fail(module, problem);
            if (moved.Count > 0) return;
            assembly = new ModuleLoadContext(file, hashes).LoadMain(bytes);
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
