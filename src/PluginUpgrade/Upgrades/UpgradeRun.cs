using System.Threading.Channels;
using PluginUpgrade.Loading;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Running.Steps.Declared;
using PluginUpgrade.Saves;
using PluginUpgrade.Settings;
using PluginUpgrade.Swaps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// From a plan to its outcome: takes the run's lock, recovers files, takes a save, runs. All objects are wired here by hand.
/// </summary>
public sealed class UpgradeRun(InstallationState state, RunIdentity run)
{
    /// <summary>Whether nobody else may upgrade the whole installation meanwhile.</summary>
    public bool LocksInstallation { get; init; }

    /// <summary>Which targets are saved before the first step.</summary>
    public SaveRule Save { get; init; } = SaveRule.Never;

    public OperatorHooks Hooks { get; init; } = OperatorHooks.None;

    /// <summary>When to begin nothing new; null: as in the settings.</summary>
    public CountOrPercent? StopAfterFailures { get; init; }

    /// <param name="modules">The modules that the preflight has loaded; null if the plan runs none.</param>
    /// <exception cref="UpgradeException">
    /// Refused: another run is working, the save failed, or the operator's hook failed. No target was changed.
    /// </exception>
    public async Task<RunOutcome> RunAsync(
        Plan plan, LoadedModules? modules, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort)
    {
        SeededFault.Point("modules loaded");
        await using var runLock = LocksInstallation
            ? await RunLock.AcquireAsync(state.Installation.Target, state.Connection, run.Time, abort) : null;
        SeededFault.Point("run locked");
        var context = state.ForRun(run) with { RunLock = runLock };
        // Idle sessions may block what the operator's command does.
        if (Hooks.Before is not null) state.Connection.Servers.MakeRoom();
        return await new HookRunner(Hooks, run.Id, state.Settings.Root, events, run.Time).AroundAsync(
            () => new PlanCheck(state, run).ConnectedAsync(plan, abort),
            () => RunAsync(plan, modules, context, events, stop, abort), abort);
    }

    private async Task<RunOutcome> RunAsync(
        Plan plan, LoadedModules? modules, RunContext context, ChannelWriter<UpgradeEvent> events, CancellationToken stop,
        CancellationToken abort)
    {
        var installation = state.Installation.Target;
        if (LocksInstallation || plan.Lanes.Any(lane => lane.Target.Scope == Scope.Installation))
            await FileRecovery.RunAsync(context, installation, abort);
        SeededFault.Point("files recovered");
        if (SaveBefore.Of(plan, Save) is { Count: > 0 } harmed) await SaveAsync(plan, harmed, events, stop);

        var limits = state.Limits;
        var call = new ModuleCall(context, module => modules![module], limits, events);
        var nonTransactional = new NonTransactionalStepRunner(context, call, events);
        var declared = new DeclaredChanges(call);
        var executors = new StepExecutors(call, declared, new PayloadStep(context, events));
        var phased = new PhasedStepRunner(context, declared, call.SearchPath, events);
        var steps = new StepRunner(context, executors, nonTransactional, phased, events);
        var sideBySide = new SideBySideRunner(context, call, limits, events);
        var lanes = new LaneRunner(context, steps.RunAsync, sideBySide.RunAsync, limits, events);
        var gates = new GateRunner(context, call, limits, events, lanes.RunAsync);
        return await new Runner(gates.RunAsync, state.Settings.Run.Parallel, state.BudgetOf(plan, StopAfterFailures), events, run.Time)
            .RunAsync(run.Id, plan, isDryRun: false, stop, abort);
    }

    /// <summary>To be called with the run's lock, before the first step. Ctrl-C cancels it, since nothing has begun yet.</summary>
    private async Task SaveAsync(
        Plan plan, IReadOnlyList<Target> targets, ChannelWriter<UpgradeEvent> events, CancellationToken stop)
    {
        // Idle connections would stay unused for long: pg_dump takes its time.
        state.Connection.Servers.MakeRoom();
        var context = state.ForSave(run) with
        {
            BeforeUpgrade = true,
            Goals = SaveBefore.Goals(plan),
        };
        try
        {
            var saves = await new SavePlanner(context).PlanAsync(targets, stop);
            await new Saver(context, happened => events.TryWrite(new UpgradeEvent.SaveTold(happened))).TakeAsync(saves, stop);
        }
        catch (UpgradeException e)
        {
            throw new UpgradeException([.. e.Problems, SaveProblem.BeforeUpgrade(targets.Count)], e);
        }
        SeededFault.Point("saved");
    }
}
