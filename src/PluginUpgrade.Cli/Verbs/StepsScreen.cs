using System.Threading.Channels;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What a run of steps shows: upgrade, run, baseline, accept.</summary>
public sealed class StepsScreen(VerbContext context, StepsUseCase useCase) : IScreen<Plan>
{
    public int ShowNothingToDo(Prepared<Plan> prepared)
    {
        var count = prepared.State.Targets.Count(one => one.Target.Active) - (useCase.Instances.OnlyInstances ? 1 : 0);
        var targets = count == 1 ? "the target" : $"{count} targets";
        return NothingToDo.Show(context.Output, $"Nothing to do: {useCase.NothingToDo(targets, count == 1)}.");
    }

    public void ShowSummary(Prepared<Plan> prepared)
    {
        if (context.HasAgreed) return;
        var all = useCase is UpgradeUseCase { Request: var request }
            ? NextCommand.Of($"plan{request.Words()}") : "the same command with --dry-run";
        foreach (var line in PlanSummary.Of(prepared.Plan, SaveBefore.Of(prepared.Plan, useCase.Save), prepared.State.Settings.Hooks, all))
            context.Output.Remark(line);
    }

    public Task<int> ReportAsync(Prepared<Plan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
        ReportedRun.RunAsync(context, prepared.State.Settings, useCase.IsDryRun, run);
}
