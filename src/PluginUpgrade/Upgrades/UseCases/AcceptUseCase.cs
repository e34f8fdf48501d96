using PluginUpgrade.Planning;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Records in the journals, once, that the changed file of an applied module is accepted. Runs nothing.</summary>
/// <param name="module">Null if the request names none, which is one of its problems.</param>
public sealed class AcceptUseCase(UpgradeModule? module, string reason) : StepsUseCase
{
    public override InstallationQuestion Question => new(Instances, WrongRequest);

    protected override bool HasHooks => false;

    public override string NothingToDo(string targets, bool isOne) => $"no journal of {targets} has a different file of {module}";

    public override Task<Prepared<Plan>> PrepareAsync(InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var problems = state.TargetProblems(SkipUnreachable);
        var isRefused = module is null || problems.HaveErrors();
        var (plan, refusals) = isRefused ? (Plan.Empty, []) : AcceptPlanner.Plan(
            module!, reason, Instances.OnlyInstances ? null : InstallationState.Progress(state.Installation), state.PlannableInstances());
        return Task.FromResult(new Prepared<Plan>(state, plan, [.. problems, .. refusals, .. state.Held()]) { IsEmpty = plan.IsEmpty });
    }
}
