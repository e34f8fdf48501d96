using PluginUpgrade.Planning;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>The file of a module that was applied has changed, and that is right: the journals are told, once. Runs nothing.</summary>
/// <param name="module">Null where the request names none, which is a problem of it.</param>
public sealed class AcceptUseCase(UpgradeModule? module, string reason) : StepsUseCase
{
    public override InstallationQuestion Question => new(Instances, WrongRequest);

    protected override bool HasHooks => false;

    public override string NothingToDo(string targets, bool isOne) => $"no journal of {targets} holds another file of {module}";

    public override Task<Prepared<Plan>> PrepareAsync(InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var problems = state.TargetProblems(SkipUnreachable);
        var isRefused = module is null || problems.HaveErrors();
        var (plan, refusals) = isRefused ? (Plan.Empty, []) : AcceptPlanner.Plan(
            module!, reason, Instances.OnlyInstances ? null : InstallationState.Progress(state.Installation), state.PlannableInstances());
        return Task.FromResult(new Prepared<Plan>(state, plan, [.. problems, .. refusals, .. state.Held()]) { IsEmpty = plan.IsEmpty });
    }
}
