using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Loading;

/// <summary>The objects of the modules that a run needs, one for each; or why there is none. Nothing of them was called yet.</summary>
public sealed class LoadedModules : IDisposable
{
    /// <summary>Where what was loaded lies.</summary>
    internal CopyDirectory? Copies { get; init; }

    internal Dictionary<UpgradeModule, IUpgradeModule> Objects { get; } = [];

    internal List<CatalogueProblem> Found { get; } = [];

    /// <summary>All that went wrong, for all modules; empty where every one can be run.</summary>
    public IReadOnlyList<CatalogueProblem> Problems => Found;

    /// <exception cref="KeyNotFoundException">It was not asked for, or is among the <see cref="Problems"/>.</exception>
    public IUpgradeModule this[UpgradeModule module] => Objects[module];

    /// <summary>Removes the copies that they were loaded from: they cannot load anything more then.</summary>
    public void Dispose() => Copies?.Dispose();
}

/// <param name="Directory">Where modules are copied to before they are loaded; null: where temporary files are.</param>
/// <param name="AllowInsecure">Also where other users could change them.</param>
public sealed record ModuleCopies(string? Directory = null, bool AllowInsecure = false);

/// <summary>Loads and constructs the modules that it is given and no others.</summary>
public static class ModuleLoader
{
    /// <summary>A constructor should do no work; this is for a slow disk.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="limit">How long one file's modules may take; null: <see cref="Limit"/>.</param>
    public static LoadedModules Load(IEnumerable<UpgradeModule> modules, TimeSpan? limit = null, ModuleCopies? copies = null)
    {
        var files = modules.Distinct().GroupBy(module => module.File, StringComparer.Ordinal).Select(file => file.ToList()).ToList();
        if (files.Count == 0) return new LoadedModules();
        var (directory, problem) = CopyDirectory.Make(copies ?? new ModuleCopies());
        var loaded = new LoadedModules { Copies = directory };
        if (problem is not null) loaded.Found.Add(new CatalogueProblem(problem));
        for (var i = 0; i < files.Count && directory is not null; i++)
            if (!LoadFile(files[i], directory, $"{i}", limit is { } given && given < Limit ? given : Limit, loaded)) break;
        return loaded;
    }

    /// <summary>Aside, so that a constructor that never ends does not keep us: then its thread is left behind.</summary>
    /// <returns>False where no copy can be made, of this file or another.</returns>
    private static bool LoadFile(
        List<UpgradeModule> modules, CopyDirectory directory, string name, TimeSpan limit, LoadedModules loaded)
    {
        var what = $"{Problem.Join([.. modules.Select(module => $"{module}")])}, being loaded";
        var loading = Task.Run(() => ModulesAtWork.DuringAsync(what, () =>
        {
            var own = new LoadedModules();
            try
            {
                LoadFile(modules, directory, name, own);
            }
            catch (CopyFailedException e)
            {
                own.Found.Add(new CatalogueProblem(ModuleProblem.NoCopy(directory.Parent, e.Message)));
            }
            return Task.FromResult(own);
        }));
#pragma warning disable VSTHRD002 // With a limit, since a constructor may never end; the results are looked at once it has.
        var ended = loading.Wait(limit);
        foreach (var (module, made) in ended ? loading.Result.Objects : []) loaded.Objects[module] = made;
        loaded.Found.AddRange(ended ? loading.Result.Found : modules.Select(module =>
            new CatalogueProblem(ModuleProblem.ConstructorHangs(module, limit), module.Component, module.Version)));
#pragma warning restore VSTHRD002
        return !loaded.Found.Any(found => found.Problem.Code == ModuleProblem.NoCopyCode);
    }

    private static void LoadFile(List<UpgradeModule> modules, CopyDirectory directory, string name, LoadedModules loaded)
    {
        Assembly assembly;
        try
        {
            var file = new ModuleFile(modules[0].File, modules[0].Folder) { OwnsFolder = modules[0].OwnsFolder };
            var copy = ModuleCopy.Make(file, Path.Join(directory.Path, name));
            List<Problem> wrong = [.. Moved(modules, copy).Select(ModuleProblem.Moved)];
            if (copy.Native is { } native && !directory.MayExecute) wrong.Add(ModuleProblem.NoExecution(directory.Parent, native));
            foreach (var problem in wrong)
                foreach (var module in modules) Fail(module, problem);
            if (wrong.Count > 0) return;
            assembly = PluginContext.Load(copy);
            ResolveReferences(assembly, copy.MainBytes);
        }
        catch (Exception e) when (e is not CopyFailedException)
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

    /// <summary>What is not as the catalogue saw it.</summary>
    private static IEnumerable<string> Moved(List<UpgradeModule> modules, ModuleCopy copy) => modules
        .SelectMany(module => module.Dependencies.Append(KeyValuePair.Create(module.File, module.Sha256)))
        .Where(seen => copy.Hashes.GetValueOrDefault(seen.Key) != seen.Value)
        .Select(seen => seen.Key).Distinct();

    /// <summary>The module's own code runs here for the first time, so anything may be thrown.</summary>
    private static IUpgradeModule? Construct(UpgradeModule module, Assembly assembly, out Problem? problem)
    {
        problem = null;
        Type type;
        try
        {
            type = assembly.GetType(module.TypeName, throwOnError: true)!;
            if (!typeof(IUpgradeModule).IsAssignableFrom(type))
                throw new InvalidCastException($"It does not implement the {nameof(IUpgradeModule)} of this krang-upgrade.");
        }
        catch (Exception e)
        {
            problem = ModuleProblem.Unloadable(module, e);
            return null;
        }
        try
        {
            return ModuleCode.Run(assembly, () => (IUpgradeModule)Activator.CreateInstance(type)!);
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
