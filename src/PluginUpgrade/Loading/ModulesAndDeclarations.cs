using PluginUpgrade.Catalogue;
using PluginUpgrade.Catalogue.Declarations;
using PluginUpgrade.Schemas;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Loading;

/// <summary>
/// Reads the drop folder: modules from metadata, and declared schemas by calling their declarations. Their versions are among the modules'.
/// </summary>
public static class ModulesAndDeclarations
{
    public static ModuleCatalogue Read(HostSettings settings)
    {
        var catalogue = ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules);
        // Code that another user could change is not called.
        if (catalogue.Declarations.Count == 0 || catalogue.Problems.Any(found => found.IsOfSecurity && IsError(found))) return catalogue;
        using var loaded = DeclarationLoader.Load(
            catalogue.Declarations, null, new ModuleCopies(settings.ModuleCopies, settings.AllowInsecureModules));
        // Without one of them, what the others refer to would look wrong.
        if (loaded.Problems.Count > 0) return DeclaredVersions.Among(catalogue, [], loaded.Problems);
        var (histories, mistakes) = SchemaHistories.Of([.. loaded.All.Select(Declared)]);
        return DeclaredVersions.Among(
            catalogue, [.. histories.Select(history => history with { Bootstraps = Bootstraps(catalogue, history) })],
            [.. mistakes.Select(mistake => new CatalogueProblem(mistake.Problem))]);
    }

    private static bool IsError(CatalogueProblem found) => found.Problem.Severity == Severity.Error;

    private static DeclaredSchema Declared(LoadedDeclaration loaded) => new(loaded.Class.TypeName, loaded.Class.File, loaded.Schema)
    {
        Component = loaded.Class.Component,
        Installation = loaded.Class.Installation,
        Instances = loaded.Class.Instances,
        Complete = loaded.Class.Complete,
        Current = loaded.Class.Current,
    };

    private static IReadOnlyList<UpgradeModule> Bootstraps(ModuleCatalogue catalogue, SchemaHistory history) =>
    [
        .. from one in catalogue.Declarations
           where one.Component == history.Component && one.AppliesTo(history.Scope) && one.Bootstraps(history.Scope)
           select ModuleOf(one),
    ];

    private static UpgradeModule ModuleOf(SchemaDeclarationClass one) => new()
    {
        Component = one.Component,
        Version = UpgradeVersion.Zero,
        Name = one.Name,
        TypeName = one.TypeName,
        File = one.File,
        Sha256 = one.Sha256,
        Folder = one.Folder,
        OwnsFolder = one.OwnsFolder,
        Dependencies = one.Dependencies,
        IsDeclared = true,
    };
}
