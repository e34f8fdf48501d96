using System.Threading.Channels;
using PluginUpgrade.Loading;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Running.Steps.Declared;

namespace PluginUpgrade.Upgrades;

/// <summary>Runs the plan's real code in transactions that are rolled back. It takes no save and runs no hook.</summary>
public sealed class DryRun(InstallationState state, RunIdentity run)
{
    /// <param name="modules">The modules that the preflight has loaded; null if the plan runs none.</param>
    public async Task<RunOutcome> RunAsync(
        Plan plan, LoadedModules? modules, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort)
    {
        var context = state.ForRun(run);
        if (plan.Lanes.Any(lane => lane.Target.Scope == Scope.Installation))
            await FileRecovery.RunAsync(context, state.Installation.Target, abort);
        var limits = state.Limits;
        var call = new ModuleCall(context, module => modules![module], limits, events, isDryRun: true);
        var executors = new StepExecutors(call, new DeclaredChanges(call), new PayloadStep(context, events));
        var gates = new GateRunner(context, call, limits, events, new DryLaneRunner(context, executors, limits, events).RunAsync);
        return await new Runner(gates.RunAsync, state.Settings.Run.Parallel, state.BudgetOf(plan, null), events, run.Time)
            .RunAsync(run.Id, plan, isDryRun: true, stop, abort);
    }
}
