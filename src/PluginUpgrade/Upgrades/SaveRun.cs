using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Upgrades;

/// <summary>A save by hand: of the whole installation with the run's lock held, so that nobody upgrades it in the meantime.</summary>
/// <param name="tell">Called by several threads, one at a time.</param>
public sealed class SaveRun(InstallationState state, Guid runId, TimeProvider time, Action<SaveEvent> tell)
{
    private readonly SaveContext _setting = state.ForSave(runId, time);

    /// <summary>What is wrong, and the targets that can be saved.</summary>
    /// <param name="onlyInstances">The installation is not asked for.</param>
    public (IReadOnlyList<Target> Targets, IReadOnlyList<Problem> Problems) Find(bool onlyInstances, bool skipUnreachable)
    {
        List<TargetState> asked =
            [.. (onlyInstances ? state.Instances : state.Facts).Where(facts => facts.Target.Active)];
        return ([.. asked.Where(SaveCheck.HasSomething).Select(facts => facts.Target)],
            [
                .. state.Problems, .. SaveCheck.Find(asked, skipUnreachable),
                .. Problem.Together(asked.Where(facts => facts.Target.ToBeMade).Select(facts => SaveProblem.NotYet(facts.Target))),
            ]);
    }

    /// <exception cref="UpgradeException">All that speaks against it.</exception>
    public Task<SavePlan> PlanAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken) =>
        new SavePlanner(_setting).PlanAsync(targets, cancellationToken);

    /// <exception cref="UpgradeException">It failed, and nothing of it is left.</exception>
    public async Task<Save> TakeAsync(SavePlan plan, CancellationToken cancellationToken)
    {
        var installation = plan.Targets.FirstOrDefault(target => target.Scope == Scope.Installation);
        await using var runLock = installation is null
            ? null : await RunLock.AcquireAsync(installation, state.Connection, time, cancellationToken);
        return await new Saver(_setting, tell).TakeAsync(plan, cancellationToken);
    }
}
