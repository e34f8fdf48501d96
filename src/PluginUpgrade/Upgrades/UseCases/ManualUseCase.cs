using PluginUpgrade.Databases;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Runs one module's file by hand, in isolation: no other module is loaded.</summary>
/// <param name="modules">All modules of one file, or the one that is meant.</param>
/// <param name="again">Whether to run them even if the journal has them as applied.</param>
public sealed class ManualUseCase(IReadOnlyList<UpgradeModule> modules, bool again) : StepsUseCase
{
    public override InstallationQuestion Question => new(Instances, WrongRequest)
    {
        Contents = new ContentsQuestion(Sizes: false),
        MayMakeServer = !IsDryRun,
    };

    public override async Task<Prepared<Plan>> PrepareAsync(
        InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var problems = state.TargetProblems(SkipUnreachable);
        if (problems.HaveErrors()) return new Prepared<Plan>(state, Plan.Empty, problems);
        var (plan, refusals) = ManualPlanner.Run(
            modules, Instances.OnlyInstances ? null : InstallationState.Progress(state.Installation), state.PlannableInstances(), again,
            state.Catalogue.Modules);
        if (refusals.Count > 0) return new Prepared<Plan>(state, plan, refusals);
        problems = [.. problems, .. Impossible(state, plan)];
        var targets = plan.Lanes.Select(lane => $"{lane.Target}").ToHashSet();
        return await CheckAsync(
            state, plan, problems, state.Held().Where(problem => targets.Contains(problem.Subject)), run, cancellationToken);
    }
}
