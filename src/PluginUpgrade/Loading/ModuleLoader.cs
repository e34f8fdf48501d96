using System.Reflection;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Loading;

/// <summary>
/// One object for each module that a run needs, or the problem of why there is none. No method of them has been called yet.
/// </summary>
public sealed class LoadedModules : IDisposable
{
    /// <summary>The copies that were loaded.</summary>
    internal CopyDirectory? Copies { get; init; }

    internal IReadOnlyDictionary<UpgradeModule, IUpgradeModule> Objects { get; init; } = new Dictionary<UpgradeModule, IUpgradeModule>();

    /// <summary>All problems, of all modules; empty where every module can run.</summary>
    public IReadOnlyList<CatalogueProblem> Problems { get; internal init; } = [];

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
    public static TimeSpan Limit => CodeLoader<UpgradeModule, IUpgradeModule>.Limit;

    /// <param name="limit">The limit for the modules of one file; null: <see cref="Limit"/>.</param>
    public static LoadedModules Load(IEnumerable<UpgradeModule> modules, TimeSpan? limit = null, ModuleCopies? copies = null)
    {
        var loader = new Loader();
        return new LoadedModules { Copies = loader.Load(modules, limit, copies), Objects = loader.Made, Problems = loader.Found };
    }

    private sealed class Loader : CodeLoader<UpgradeModule, IUpgradeModule>
    {
        protected override CodeOrigin OriginOf(UpgradeModule one) =>
            new(one.File, one.Sha256, one.Folder, one.OwnsFolder, one.Dependencies);

        protected override Problem Unloadable(UpgradeModule one, Exception e) => ModuleProblem.Unloadable(one.File, one.TypeName, e);

        protected override Problem Hangs(UpgradeModule one, TimeSpan limit) => ModuleProblem.ConstructorHangs(one, limit);

        protected override CatalogueProblem Concerning(UpgradeModule one, Problem problem) => new(problem, one.Component, one.Version);

        protected override (IUpgradeModule? Made, Problem? Problem) Make(UpgradeModule one, Assembly assembly)
        {
            var contract = one.IsDeclared ? typeof(ISchemaDeclaration)
                : one.BuildsBeside ? typeof(ISideBySideModule) : typeof(IUpgradeModule);
            if (TypeIn(assembly, one.TypeName, contract, one, out var problem) is not { } type) return (null, problem);
            try
            {
                var made = ModuleCode.Run(assembly, () => Activator.CreateInstance(type)!);
                return (made as IUpgradeModule ?? new Bootstrap((ISchemaDeclaration)made), null);
            }
            catch (Exception e)
            {
                return (null, ModuleProblem.ConstructorThrew(one, Thrown(e)));
            }
        }
    }
}
