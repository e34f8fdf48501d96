using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Loading;

/// <summary>
/// One object for each module that a run needs, or the problem of why there is none. No method of them has been called yet.
/// </summary>
public sealed class LoadedModules : IDisposable
{
    /// <summary>The copies that were loaded.</summary>
    internal CopyDirectory? Copies { get; init; }

    internal Dictionary<UpgradeModule, IUpgradeModule> Objects { get; } = [];

    internal List<CatalogueProblem> Found { get; } = [];

    /// <summary>All problems, of all modules; empty where every module can run.</summary>
    public IReadOnlyList<CatalogueProblem> Problems => Found;

    /// <exception cref="KeyNotFoundException">The module was not requested, or is among the <see cref="Problems"/>.</exception>
    public IUpgradeModule this[UpgradeModule module] => Objects[module];

    /// <summary>Removes the copies. The modules can then load no further files.</summary>
    public void Dispose() => Copies?.Dispose();
}

/// <param name="Directory">Where modules are copied to before they are loaded; null: the directory for temporary files.</param>
/// <param name="AllowInsecure">Allow a directory that other users could change.</param>
public sealed record ModuleCopies(string? Directory = null, bool AllowInsecure = false);

/// <summary>Loads and constructs the given modules, and no others.</summary>
public static class ModuleLoader
{
    /// <summary>Generous, for a slow disk: a constructor should do no work.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="limit">The limit for the modules of one file; null: <see cref="Limit"/>.</param>
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

    /// <summary>Loads on another thread, which is abandoned if a constructor does not end in time.</summary>
    /// <returns>False where copies cannot be made: then not for the other files either.</returns>
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
#pragma warning disable VSTHRD002 // With a limit, because a constructor may never end; the result is read only after completion.
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

    /// <summary>The files that have changed since the catalogue read them.</summary>
    private static IEnumerable<string> Moved(List<UpgradeModule> modules, ModuleCopy copy) => modules
        .SelectMany(module => module.Dependencies.Append(KeyValuePair.Create(module.File, module.Sha256)))
        .Where(seen => copy.Hashes.GetValueOrDefault(seen.Key) != seen.Value)
        .Select(seen => seen.Key).Distinct();

    /// <summary>Runs code of the module for the first time, so any exception is possible.</summary>
    private static IUpgradeModule? Construct(UpgradeModule module, Assembly assembly, out Problem? problem)
    {
        problem = null;
        Type type;
        try
        {
            type = assembly.GetType(module.TypeName, throwOnError: true)!;
            var contract = module.BuildsBeside ? typeof(ISideBySideModule) : typeof(IUpgradeModule);
            if (!contract.IsAssignableFrom(type))
                throw new InvalidCastException($"It does not implement the {contract.Name} of this krang-upgrade.");
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
    /// Resolves every type and member of other assemblies that the assembly refers to: a missing one is found now, and not in the middle of
    /// a step. (Compiling the module's methods would not find it: the runtime defers that error until the call.)
    /// </summary>
    private static void ResolveReferences(Assembly assembly, byte[] bytes)
    {
        using var image = AssemblyImage.Of(bytes);
        for (var row = 1; row <= image.Reader.GetTableRowCount(TableIndex.TypeRef); row++)
            assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(MetadataTokens.TypeReferenceHandle(row)));
        foreach (var handle in image.Reader.MemberReferences)
        {
            // A member of a generic type cannot be resolved without the type arguments; its types were resolved above.
            if (image.Reader.GetMemberReference(handle).Parent.Kind == HandleKind.TypeReference)
                assembly.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle));
        }
    }
}
