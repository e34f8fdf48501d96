using System.CommandLine;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Upgrades the installation and its instances, or named instances alone. Also what the program does without a verb.</summary>
public static class UpgradeVerb
{
    private static readonly GoalOptions Goal = new();
    private static readonly Option<string[]> Named = new("--instance")
    {
        Description = "Only this instance, and not the installation; may be repeated.",
        HelpName = "NAME",
    };

    private static readonly Option<int?> StopAfterFailures = new("--stop-after-failures")
    {
        Description = "Begin no further step once so many targets have failed (default: the stage is finished).",
        HelpName = "N",
    };

    public static void AddTo(RootCommand root, SharedOptions shared)
    {
        root.Add(Named);
        AddOptions(root, shared);
        root.Does(shared, context => RunAsync(context, shared, context.Value(Named) ?? []));
    }

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("upgrade", "Upgrade the installation and its instances, or only the instances named (the default verb).")
        {
            SharedOptions.Instances,
        };
        AddOptions(verb, shared);
        return verb.Does(shared, context => RunAsync(context, shared, context.Value(SharedOptions.Instances) ?? []));
    }

    private static void AddOptions(Command command, SharedOptions shared)
    {
        Goal.AddTo(command);
        Option[] options = [shared.SkipUnreachable, shared.Parallel, StopAfterFailures, shared.DryRun, shared.Yes];
        foreach (var option in options) command.Add(option);
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared, string[] names)
    {
        var goal = Goal.Read(context, names);
        var dryRun = context.Value(shared.DryRun);
        await using var situation = await context.FreeSituationAsync(names, goal.InstallationOnly);
        var planned = dryRun ? goal with { Order = StepOrder.InstallationFirst } : goal;
        var (plan, problems) = situation.Plan(planned, context.Value(shared.SkipUnreachable));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.Warn(problems);
        if (plan.IsEmpty)
        {
            if (goal.Only is null && !dryRun)
                await new UpgradeRun(situation, context.RunId, TimeProvider.System).RecoverFilesAsync(context.Signals.Abort);
            return ReportedRun.NothingToDo(context, situation, instancesNamed: names.Length > 0);
        }
        if (VerbContext.Held(situation).ToList() is { Count: > 0 } held) throw new UpgradeException(held);
        return await ReportedRun.RunAsync(context, situation, plan, new RunOptions(dryRun, WholeInstallation: names.Length == 0),
            context.Value(StopAfterFailures));
    }
}
