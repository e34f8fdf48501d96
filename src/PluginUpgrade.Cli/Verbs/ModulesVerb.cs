using System.CommandLine;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What is in the drop folder, in order, with every problem found. Needs no database.</summary>
public static class ModulesVerb
{
    private static readonly Column[] Columns =
    [
        new("VERSION"), new("MODULE"), new("STEPS", Drop: 1), new("SHA-256", Drop: 3), new("FILE", Drop: 2), new("WHAT", Wraps: true),
    ];

    public static Command Create(SharedOptions shared) =>
        new Command("modules", "Show the modules in the drop folder, in order, with all problems.")
            .Does(shared, context => Task.FromResult(Run(context)));

    private static int Run(VerbContext context)
    {
        var settings = context.Settings;
        var folder = settings.Installation.Modules;
        var catalogue = ModuleCatalogue.Scan(folder, settings.AllowInsecureModules);
        // Settings are not needed for this; only those that say where the folder is could mislead.
        var problems = context.SettingsProblems.Where(problem => problem.Code is not "KU-1001")
            .Concat(catalogue.Problems.Select(found => found.Problem)).Distinct().ToList();
        var exitCode = problems.Any(problem => problem.Severity == Severity.Error) ? 2 : 0;
        if (context.Output.IsJson)
            context.Output.Json(new { ExitCode = exitCode, Folder = folder, catalogue.Modules, Problems = problems });
        else
        {
            if (catalogue.Modules.Count == 0) context.Output.WriteResult($"No modules in {folder}.");
            else
                context.Output.Table(
                    Columns,
                    catalogue.Modules.Select(module => (string[])
                    [
                        $"{module.Version}", $"{module}", Steps(module), module.Sha256[..12],
                        Path.GetRelativePath(folder, module.File), What(module),
                    ]));
            context.Output.Print(problems);
        }
        return exitCode;
    }

    private static string What(UpgradeModule module) => module.Requirements.Count == 0
        ? module.Description : $"{module.Description} (requires: {string.Join(", ", module.Requirements)})".TrimStart();

    private static string Steps(UpgradeModule module) => (module.HasInstallationStep, module.HasInstanceStep) switch
    {
        (true, true) => "installation, instances",
        (true, false) => "installation",
        (false, true) => "instances",
        _ => "none",
    };
}
