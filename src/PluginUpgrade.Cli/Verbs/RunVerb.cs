using System.CommandLine;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Runs one module by hand, in isolation: no other module is loaded.</summary>
public static class RunVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly SaveOptions Save = new();
    private static readonly Argument<string> Module = SharedOptions.NoOption(
        new Argument<string>("MODULE") { Description = "V1_004, 1.004, or a path to a DLL." });
    private static readonly Option<bool> Again = new("--again") { Description = "Run it even if the journal says that it is applied." };
    internal static readonly Option<string> Component = new("--component")
    {
        Description = "The add-on that the version belongs to (default: the product).",
        HelpName = "NAME",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("run", "Run one module by hand, and no other. The journal records it as run by hand.")
        {
            Module, SharedOptions.Instances, Again, Component, shared.DryRun, shared.SkipUnreachable, shared.Parallel, shared.Yes,
        };
        InstanceFilter.AddTo(verb);
        Save.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var rule = Save.Read(context);
        var word = context.Value(Module)!;
        var insecure = context.Settings.AllowInsecureModules;
        var catalogue = IsPath(word)
            ? ModuleCatalogue.ScanPath(word, insecure) : ModuleCatalogue.Scan(context.Settings.Installation.Modules, insecure);
        var modules = Chosen(context, catalogue);
        context.Output.Warn(catalogue.Problems.Where(found => found.IsOfSecurity).Select(found => found.Problem));
        var useCase = new ManualUseCase(modules, context.Value(Again))
        {
            Instances = instances,
            Save = rule,
            SkipUnreachable = context.Value(shared.SkipUnreachable),
            IsDryRun = context.Value(shared.DryRun),
            WrongRequest = context.Problems,
        };
        return await context.Flow.RunAsync(useCase, new StepsScreen(context, useCase));
    }

    private static bool IsPath(string module) =>
        module.Contains(Path.DirectorySeparatorChar) || module.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    /// <summary>The modules that the word selects. Throws if they have problems; problems of other modules are ignored.</summary>
    private static List<UpgradeModule> Chosen(VerbContext context, ModuleCatalogue catalogue)
    {
        var word = context.Value(Module)!;
        var component = context.Value(Component);
        var modules = IsPath(word)
            ? catalogue.Modules.ToList()
            : [.. catalogue.Modules.Where(m => m.Name == word || (UpgradeVersion.TryParse(word, out var version) && m.Version == version))
                .Where(m => component is null ? m.Component.Length == 0 || m.Name == word : m.Component == component)];
        var problems = catalogue.Problems
            .Where(found => IsPath(word) || found.IsOfSecurity
                || modules.Any(m => m.Component == found.Component && m.Version == found.Version))
            .Select(found => found.Problem).Errors().Distinct().ToList();
        if (modules.Count == 0 && problems.Count == 0)
            problems.Add(NoModule(word, component));
        else if (!IsPath(word) && modules.Select(m => m.Component).Distinct().Count() > 1)
        {
            var components = modules.Select(m => m.Component).Distinct().ToList();
            problems.Add(new Problem("KU-1106", word, "Several components have this version: "
                + $"{string.Join(", ", components.Select(one => one.Length > 0 ? one : "the product"))}.",
                $"Name one: {string.Join(" or ", components.Select(one => $"--component {NextCommand.Quote(one)}"))}"));
        }
        return problems.Count > 0 ? throw new UpgradeException([.. context.SettingsProblems, .. problems]) : modules;
    }

    public static Problem NoModule(string word, string? component) => new("KU-1105", word,
        $"The drop folder has no such module{(component is { Length: > 0 } name ? $" of {name}" : "")}.",
        $"List the modules: {NextCommand.Of("modules")}");
}
