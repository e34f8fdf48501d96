using System.CommandLine;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
using PluginUpgrade.Reports;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// What is in the drop folder, in order, with every problem found; and how far the fleet is with each, where its databases can be read.
/// </summary>
public static class ModulesVerb
{
    private static readonly Column[] Columns =
    [
        new("VERSION"), new("MODULE"), new("STATE", Wraps: true), new("STEPS", Drop: 1), new("SHA-256", Drop: 3),
        new("FILE", Drop: 2), new("WHAT", Wraps: true),
    ];

    public static Command Create(SharedOptions shared) =>
        new Command("modules", "Show the modules in the drop folder, in order, with all problems.")
            .Does(shared, RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var settings = context.Settings;
        var folder = settings.Installation.Modules;
        var catalogue = ModuleCatalogue.Scan(folder, settings.AllowInsecureModules);
        // Settings are not needed for this; only those that say where the folder is could mislead.
        var problems = context.SettingsProblems.Where(problem => problem.Code is not "KU-1001")
            .Concat(catalogue.Problems.Select(found => found.Problem)).Distinct().ToList();
        var (fleet, unread) = await FleetAsync(context);
        problems.AddRange(unread);
        var exitCode = problems.HaveErrors() ? 2 : 0;
        if (context.Output.IsJson)
            context.Output.Json(Outcome.Of(exitCode), exitCode, problems, new
            {
                Folder = folder,
                catalogue.Modules,
                Fleet = catalogue.Modules.Select(module => Document(module, ModuleProgress.Of(module, fleet))),
            });
        else
        {
            if (catalogue.Modules.Count == 0) context.Output.WriteResult($"No modules in {folder}.");
            else
                context.Output.Table(
                    Columns,
                    catalogue.Modules.Select(module => (string[])
                    [
                        $"{module.Version}", $"{module}", $"{ModuleProgress.Of(module, fleet)}", Steps(module), module.Sha256[..12],
                        Path.GetRelativePath(folder, module.File), What(module),
                    ]));
            // Where the fleet was read, the settings' warnings are told already.
            context.Output.Print([.. fleet.Count > 0 ? problems.Except(context.SettingsProblems) : problems]);
        }
        return exitCode;
    }

    /// <summary>Empty where the databases cannot be read: then it is shown what is in the folder, and why there is no more.</summary>
    private static async Task<(IReadOnlyList<TargetState> Fleet, IEnumerable<Problem> Unread)> FleetAsync(VerbContext context)
    {
        // Mistakes in the settings are told anyway; and without any there is nothing that could be read.
        if (context.SettingsProblems.HaveErrors() || context.SettingsProblems.Any(problem => problem.Code == "KU-1001")) return ([], []);
        try
        {
            var state = await context.ReadAsync(InstanceFilter.All);
            context.Output.NameServers(isResult: true);
            // That nobody is there to have done anything is no failure to read it.
            var problems = state.Problems.Where(problem => problem.Code != InstanceProblem.NoneCode);
            return (state.Targets, Unread([.. problems, .. state.Targets.Where(one => one.Target.Active).SelectMany(ReasonOf)]));
        }
        catch (UpgradeException e)
        {
            return ([], Unread(e.Problems));
        }
    }

    private static IEnumerable<Problem> ReasonOf(TargetState one) =>
        one.Unreachable is { } why ? [why] : JournalCheck.Find(one);

    /// <summary>One line, whatever the number of reasons.</summary>
    private static IEnumerable<Problem> Unread(IEnumerable<Problem> reasons)
    {
        // For an instance another way out is offered than for the installation: that is no other reason.
        var errors = reasons.Errors();
        var told = Problem.Together(errors.Select(reason => reason with { Remedy = "" }));
        if (told is not [var first, ..]) yield break;
        yield return new Problem("KU-3107", first.Subject,
            $"How far it is with the modules could not be read: {first.Code} {first.Message}"
                + (told.Count > 1 ? $" And {Words.Count(told.Count - 1, "other reason")}." : ""),
            $"See all reasons: {NextCommand.Of("status")}", Severity.Warning);
    }

    private static object Document(UpgradeModule module, ModuleProgress progress) => new
    {
        module.Component,
        module.Version,
        progress.Done,
        progress.Changed,
        progress.Baseline,
        progress.Failed,
        progress.Pending,
        progress.Unknown,
    };

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
