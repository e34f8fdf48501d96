using System.CommandLine;
using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
using PluginUpgrade.Loading;
using PluginUpgrade.Reports;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// Shows the modules in the drop folder, in order, with every problem found; and each module's progress in the fleet, if the databases can
/// be read.
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
        var catalogue = ModulesAndDeclarations.Read(settings);
        // A missing settings file (KU-1001) is no problem here: the folder has a default.
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
            // If the fleet was read, the settings' warnings have been written already.
            context.Output.Print([.. fleet.Count > 0 ? problems.Except(context.SettingsProblems) : problems]);
        }
        return exitCode;
    }

    /// <summary>Empty if the databases cannot be read: then only the folder is shown, with the reason.</summary>
    private static async Task<(IReadOnlyList<TargetState> Fleet, IEnumerable<Problem> Unread)> FleetAsync(VerbContext context)
    {
        // With errors in the settings, or without settings, there is nothing to read; the errors are reported by the caller.
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

    /// <summary>One warning, for any number of reasons.</summary>
    private static IEnumerable<Problem> Unread(IEnumerable<Problem> reasons)
    {
        // Remedies differ between instances and the installation; that does not make it another reason.
        var errors = reasons.Errors();
        var told = Problem.Together(errors.Select(reason => reason with { Remedy = "" }));
        if (told is not [var first, ..]) yield break;
        yield return new Problem("KU-3107", first.Subject,
            $"The progress of the modules could not be read: {first.Code} {first.Message}"
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

    private static string What(UpgradeModule module)
    {
        string[] remarks =
        [
            module.Requirements.Count > 0 ? $"requires: {string.Join(", ", module.Requirements)}" : "",
            module.Carries.Count > 0 ? $"carries: {Problem.Join(module.Carries)}" : "",
            module.IsDeclared ? "" : string.Join("; ", Slices(module).Select(slice => $"declared: {slice.Summary}")),
            module is { BuildsBeside: true, CatchesUp: false } ? "writers wait during the build" : "",
        ];
        var said = string.Join("; ", remarks.Where(remark => remark.Length > 0));
        var what = module.IsDeclared ? string.Join("; ", Slices(module).Select(slice => slice.Summary)) : module.Description;
        return said.Length == 0 ? what : $"{what} ({said})".TrimStart();
    }

    private static IEnumerable<SchemaSlice> Slices(UpgradeModule module) =>
        Enum.GetValues<Scope>().Select(module.SliceFor).OfType<SchemaSlice>();

    private static string Steps(UpgradeModule module) =>
        (module.HasStepFor(Scope.Installation), module.HasStepFor(Scope.Instance)) switch
        {
            (true, _) when module.BuildsBeside => "installation, instances side by side",
            (false, _) when module.BuildsBeside => "instances side by side",
            (true, true) => "installation, instances",
            (true, false) => "installation",
            (false, true) => "instances",
            _ => "none",
        };
}
