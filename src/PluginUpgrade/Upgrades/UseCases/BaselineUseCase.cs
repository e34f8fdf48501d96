using PluginUpgrade.Planning;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Records the version of existing databases. Runs nothing.</summary>
/// <param name="version">Null if the request names none, which is one of its problems.</param>
/// <param name="replace">Whether to correct rows that only record a version.</param>
public sealed class BaselineUseCase(UpgradeVersion? version, bool replace) : StepsUseCase
{
    public override InstallationQuestion Question => new(Instances, WrongRequest) { MayMakeServer = !IsDryRun };

    protected override bool HasHooks => false;

    public override string NothingToDo(string targets, bool isOne) => $"{targets} {(isOne ? "is" : "are")} at {version} already";

    public override Task<Prepared<Plan>> PrepareAsync(InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var (plan, refusals) = version is null ? (Plan.Empty, []) : ManualPlanner.Baseline(
            state.Catalogue.Modules, Instances.OnlyInstances ? null : InstallationState.Progress(state.Installation),
            state.PlannableInstances(), version.Value, replace);
        return Task.FromResult(new Prepared<Plan>(state, plan, [.. state.TargetProblems(SkipUnreachable), .. refusals, .. state.Held()])
        {
            IsEmpty = plan.IsEmpty,
        });
    }
}
