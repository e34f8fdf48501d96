using PluginUpgrade.Catalogue;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Loading;

/// <summary>Puts the versions of declared schemas among the modules'. Pure.</summary>
internal static class DeclaredVersions
{
    /// <param name="found">Problems of the declarations.</param>
    public static ModuleCatalogue Among(
        ModuleCatalogue catalogue, IReadOnlyList<SchemaHistory> histories, IReadOnlyList<CatalogueProblem> found)
    {
        List<UpgradeModule> modules = [.. catalogue.Modules];
        List<CatalogueProblem> problems = [.. catalogue.Problems, .. found];
        foreach (var history in histories)
        {
            foreach (var slice in history.Slices) Add(history, slice);
        }
        foreach (var component in histories.GroupBy(history => history.Component)) MarkGoals(modules, component);
        modules.Sort(ModuleCatalogue.InOrder);
        return new ModuleCatalogue
        {
            Modules = modules,
            Problems = problems,
            Declarations = catalogue.Declarations,
            Histories = histories,
        };

        string FileOf(SchemaHistory history) => catalogue.Declarations
            .First(one => one.Component == history.Component && one.AppliesTo(history.Scope)).File;

        void Add(SchemaHistory history, SchemaSlice slice)
        {
            var at = modules.FindIndex(module => module.Component == history.Component && module.Version == slice.Version);
            if (at < 0)
            {
                modules.Add(With(Declared(history, slice, FileOf(history)), history.Scope, slice));
                return;
            }
            if (modules[at].HasStepFor(history.Scope) && !modules[at].IsDeclared && Unfit(modules[at]) is { } why)
                problems.Add(new CatalogueProblem(NotBesideDeclared(modules[at], why), history.Component, slice.Version));
            modules[at] = With(modules[at], history.Scope, slice);
        }
    }

    private static string? Unfit(UpgradeModule module) =>
        module.BuildsBeside ? "builds new data side by side" : !module.Transactional ? "works outside a transaction" : null;

    private static Problem NotBesideDeclared(UpgradeModule module, string why) => new("KU-2067", module.File,
        $"{module} {why}, and a declared schema has changes at its version {module.Version}: both cannot be one step.",
        "Give the declared changes, or the module, a version of their own.");

    private static UpgradeModule Declared(SchemaHistory history, SchemaSlice slice, string file) => new()
    {
        Component = history.Component,
        Version = slice.Version,
        Name = history.Name,
        TypeName = history.Name,
        File = file,
        Sha256 = slice.Sha256,
        IsDeclared = true,
    };

    private static UpgradeModule With(UpgradeModule module, Scope scope, SchemaSlice slice) =>
        scope == Scope.Installation ? module with { InstallationSlice = slice } : module with { InstanceSlice = slice };

    /// <summary>What a declared schema has beyond its current version is done only where <c>--to</c> says so.</summary>
    private static void MarkGoals(List<UpgradeModule> modules, IEnumerable<SchemaHistory> histories)
    {
        var (component, current) = (histories.First().Component, histories.Max(history => history.Current));
        for (var i = 0; i < modules.Count; i++)
            if (modules[i] is { IsDeclared: true } one && one.Component == component && !(one.Version <= current))
                modules[i] = one with { IsGoal = false };
    }
}
