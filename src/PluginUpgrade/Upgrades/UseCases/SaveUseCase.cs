using System.Threading.Channels;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>
/// Takes a save by hand. If it includes the installation, the run's lock is held, so that nobody upgrades the whole installation meanwhile.
/// </summary>
public sealed class SaveUseCase(
    InstanceFilter instances, bool installationOnly, bool skipUnreachable, IReadOnlyList<Problem> wrongRequest) : UseCase<SavePlan?>
{
    public override InstallationQuestion Question => new(instances, wrongRequest)
    {
        InstallationOnly = installationOnly,
        OffersInstallationOnly = true,
    };

    public override bool WaitsForLocks => false;

    /// <summary>The save, after the run.</summary>
    public Save? Taken { get; private set; }

    public override async Task<Prepared<SavePlan?>> PrepareAsync(
        InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        List<TargetState> asked =
            [.. (instances.OnlyInstances ? state.Instances : state.Targets).Where(one => one.Target.Active)];
        List<Problem> problems =
        [
            .. state.Problems, .. SaveCheck.Find(asked, skipUnreachable),
            .. Problem.Together(asked.Where(one => one.Target.ToBeMade).Select(one => SaveProblem.NotYet(one.Target))),
        ];
        if (problems.HaveErrors()) return new Prepared<SavePlan?>(state, null, problems);
        var plan = await new SavePlanner(state.ForSave(run)).PlanAsync(
            [.. asked.Where(SaveCheck.HasSomething).Select(one => one.Target)], cancellationToken);
        // A run reports the plan's warnings itself.
        return new Prepared<SavePlan?>(state, plan, IsDryRun ? [.. problems, .. plan.Warnings] : problems);
    }

    /// <exception cref="UpgradeException">It failed, and nothing of it is left.</exception>
    public override async Task<RunOutcome> RunAsync(
        Prepared<SavePlan?> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort)
    {
        var (state, plan, start) = (prepared.State, prepared.Plan!, run.Time.GetTimestamp());
        var installation = plan.Targets.FirstOrDefault(target => target.Scope == Scope.Installation);
        await using var runLock = installation is null
            ? null : await RunLock.AcquireAsync(installation, state.Connection, run.Time, stop);
        Taken = await new Saver(state.ForSave(run), happened => events.TryWrite(new UpgradeEvent.SaveTold(happened))).TakeAsync(plan, stop);
        return new RunOutcome(run.Id, plan.Targets.Count(), 0, 0, [], Stopped: false, run.Time.GetElapsedTime(start));
    }
}
