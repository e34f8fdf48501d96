using System.Threading.Channels;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Saves;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <param name="IsDryRun">Real code, rolled back.</param>
/// <param name="WholeInstallation">Nobody else may upgrade the whole installation in the meantime.</param>
/// <param name="Save">What is saved before the first step; a dry run saves nothing.</param>
public sealed record RunOptions(
    bool IsDryRun, bool WholeInstallation, SaveRule Save = SaveRule.Never)
{
    /// <summary>Whether the operator's hooks are run around it; in a dry run never.</summary>
    public bool WithHooks { get; init; }

    /// <summary>The plan's modules, where the preflight has loaded them; null: they are loaded now.</summary>
    public LoadedModules? Modules { get; init; }
}

/// <summary>
/// From a plan to its outcome: loads what the plan needs, takes the run's lock, recovers files, runs. Wired by hand, here.
/// </summary>
public sealed class UpgradeRun(InstallationState state, Guid runId, TimeProvider time)
{
    /// <exception cref="UpgradeException">
    /// Refused: a module cannot be loaded or constructed, another run is at work, the save failed, or the operator's hook says no. Nothing
    /// was changed.
    /// </exception>
    public async Task<RunOutcome> RunAsync(
        Plan plan, RunOptions options, CountOrPercent? stopAfterFailures, ChannelWriter<UpgradeEvent> events,
        CancellationToken stop, CancellationToken abort)
    {
        using var own = options.Modules is null ? Load(plan) : null;
        var modules = options.Modules ?? own!;
        SeededFault.Point("modules loaded");
        var setting = Setting();
        var installation = state.Installation.Target;
        await using var runLock = options.WholeInstallation && !options.IsDryRun
            ? await RunLock.AcquireAsync(installation, state.Connection, time, abort) : null;
        SeededFault.Point("run locked");
        var hooks = options is { WithHooks: true, IsDryRun: false } ? state.Settings.Hooks : OperatorHooks.None;
        return await new HookRunner(hooks, runId, state.Settings.Root, events, time).AroundAsync(
            () => new PlanCheck(state, runId, time).ConnectedAsync(plan, abort),
            () => RunAsync(plan, options, modules, setting with { RunLock = runLock }, stopAfterFailures, events, stop, abort), abort);
    }

    private async Task<RunOutcome> RunAsync(
        Plan plan, RunOptions options, LoadedModules modules, RunContext setting, CountOrPercent? stopAfterFailures,
        ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort)
    {
        var installation = state.Installation.Target;
        if (options.WholeInstallation || plan.Lanes.Any(lane => lane.Target.Scope == Scope.Installation))
            await FileRecovery.RunAsync(setting, installation, abort);
        SeededFault.Point("files recovered");
        if (!options.IsDryRun && SaveBefore.Of(plan, options.Save) is { Count: > 0 } harmed)
            await SaveAsync(plan, harmed, events, stop);

        using var limits = new ServerLimits(state.Settings.Run.PerServer, state.Connection.Servers);
        var call = new ModuleCall(setting, module => modules[module], events);
        var outside = new NonTransactionalStepRunner(setting, call, events);
        var executors = new StepExecutors(call, new PayloadStep(setting, events));
        RunLane runLane = options.IsDryRun
            ? new DryLaneRunner(setting, executors, limits, events).RunAsync
            : new LaneRunner(setting, new StepRunner(setting, executors, outside, events), limits, events).RunAsync;
        var run = state.Settings.Run;
        var budget = (stopAfterFailures ?? run.StopAfterFailures)?.Spent(plan.Lanes.Select(lane => lane.Target).Distinct().Count());
        return await new Runner(new GateRunner(setting, call, limits, events, runLane).RunAsync, run.Parallel, budget, events, time)
            .RunAsync(runId, plan, options.IsDryRun, stop, abort);
    }

    /// <summary>
    /// Where nothing is left to run: a killed process between its last step's commit and the end of its undo log left that.
    /// </summary>
    /// <exception cref="UpgradeException">Another process is at work on the installation, or something cannot be undone.</exception>
    public Task RecoverFilesAsync(CancellationToken cancellationToken) =>
        FileRecovery.RunAsync(Setting(), state.Installation.Target, cancellationToken);

    /// <summary>With the run's lock held, and before the first step. Ctrl-C ends it: nothing has begun yet.</summary>
    private async Task SaveAsync(
        Plan plan, IReadOnlyList<Target> targets, ChannelWriter<UpgradeEvent> events, CancellationToken stop)
    {
        var setting = state.ForSave(runId, time) with
        {
            BeforeUpgrade = true,
            Goals = SaveBefore.Goals(plan),
        };
        try
        {
            var saves = await new SavePlanner(setting).PlanAsync(targets, stop);
            await new Saver(setting, told => events.TryWrite(new UpgradeEvent.SaveTold(told))).TakeAsync(saves, stop);
        }
        catch (UpgradeException e)
        {
            throw new UpgradeException([.. e.Problems, SaveProblem.BeforeUpgrade(targets.Count)], e);
        }
        SeededFault.Point("saved");
    }

    private LoadedModules Load(Plan plan)
    {
        var modules = PlanCheck.Load(plan, state.Settings);
        if (modules.Problems.Count == 0) return modules;
        modules.Dispose();
        throw new UpgradeException([.. modules.Problems.Select(found => found.Problem).Distinct()]);
    }

    private RunContext Setting() => state.ForRun(runId, time);
}
