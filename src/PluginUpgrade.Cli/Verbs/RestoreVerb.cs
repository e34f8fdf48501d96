using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Puts the installation and its instances back as a save has them, or instances that are named.</summary>
public static class RestoreVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Option<string> Id = new("--save")
    {
        Description = "The save to use, by its ID or the start of it (default: the newest complete save that holds the targets).",
        HelpName = "ID",
    };

    private static readonly Option<bool> InstallationOnly = new("--installation-only")
    {
        Description = "Only the installation, no instance.",
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Verify, and show what would be replaced. Replaces nothing.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("restore", "Restore the installation and its instances, or only the named instances, from a save.")
        {
            SharedOptions.Instances, Id, InstallationOnly, shared.Parallel, shared.Yes, DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var installationOnly = context.Value(InstallationOnly);
        if (installationOnly && (choice.OnlyInstances || choice.Excluded.Count > 0))
            context.Problems.Add(GoalOptions.InstallationAlone());
        var state = await context.ReadFreeStateAsync(
            choice, installationOnly, changes: !context.Value(DryRun));
        var asked = (choice.OnlyInstances ? state.Instances : state.Facts).Where(facts => facts.Target.Active).ToList();
        List<Problem> problems = [.. state.Problems, .. VerbContext.Held(state)];
        var (plan, found) = asked.Count == 0 ? (null, []) : await new RestorePreparation(state, asked, choice.OnlyInstances)
            .PrepareAsync(context.Value(Id), context.Signals.Stop);
        problems.AddRange(found);
        if (plan is null || problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.NameServers();
        context.Output.Warn(problems);
        if (context.Value(DryRun))
        {
            RestoreResult.WouldBe(context.Output, plan);
            return 0;
        }
        RestoreResult.Ask(context.Output, plan);
        if (!context.Value(shared.Yes) && !Question.Confirmed(context.Output,
            plan.Restores.Count == 1 ? "The data that this target holds now will be lost."
                : $"The data that these {Words.Count(plan.Restores.Count, "target")} hold now will be lost."))
            throw new UpgradeException(
                new Problem("KU-1107", plan.Save.Id, "Not confirmed. Nothing was changed.", "Type YES, or add --yes."));
        return await ReportedRun.RunAsync(context, state.Settings,
            events => new RestoreRun(state, context.RunId, TimeProvider.System)
                .RunAsync(plan, events, context.Signals.Stop, context.Signals.Abort),
            (_, outcome, log) => RestoreResult.Tell(context.Output, plan, outcome, log));
    }
}
