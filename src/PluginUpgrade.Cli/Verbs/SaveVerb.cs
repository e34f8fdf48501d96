using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Saves;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Saves the installation's schema and every instance's, or named instances alone.</summary>
public static class SaveVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Option<bool> InstallationOnly = new("--installation-only")
    {
        Description = "Only the installation, no instance.",
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Show what would be saved and how large it is. Saves nothing.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("save", "Save the installation and its instances, or only the named instances.")
        {
            SharedOptions.Instances, InstallationOnly, shared.SkipUnreachable, shared.Parallel, DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var (output, stop) = (context.Output, context.Signals.Stop);
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var installationOnly = context.Value(InstallationOnly);
        if (installationOnly && (choice.OnlyInstances || choice.Excluded.Count > 0))
            context.Problems.Add(GoalOptions.InstallationAlone());
        var state = await context.ReadStateAsync(choice, installationOnly);
        var report = new SaveReport(output);
        var run = new SaveRun(state, context.RunId, TimeProvider.System, report.On);
        var (targets, problems) = run.Find(choice.OnlyInstances, context.Value(shared.SkipUnreachable));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        output.NameServers();
        output.Warn(problems);
        var plan = await run.PlanAsync(targets, stop);
        if (context.Value(DryRun))
        {
            output.Warn(plan.Warnings);
            SaveResult.WouldBe(output, plan, state.Settings.Save.Directory);
            return 0;
        }
        return await TakeAsync(context, run, plan, report);
    }

    private static async Task<int> TakeAsync(VerbContext context, SaveRun run, SavePlan plan, SaveReport report)
    {
        var (output, stop) = (context.Output, context.Signals.Stop);
        context.Begin();
        try
        {
            var save = await run.TakeAsync(plan, stop);
            report.End();
            SaveResult.Taken(output, save);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.End();
            if (output.IsJson) output.Json(new { Outcome = "stopped", ExitCode = 130, Problems = Array.Empty<Problem>() });
            output.WriteProgress("stopped: nothing was saved.");
            return 130;
        }
        finally
        {
            report.End();
        }
    }
}
