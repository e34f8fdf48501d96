using System.Threading.Channels;
using PluginUpgrade.Instances;
using PluginUpgrade.Restores;
using PluginUpgrade.Running;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Restores targets from a save.</summary>
/// <param name="id">The save's id, or its beginning; null: the newest complete save that contains the targets.</param>
public sealed class RestoreUseCase(
    string? id, InstanceFilter instances, bool installationOnly, IReadOnlyList<Problem> wrongRequest) : UseCase<RestorePlan?>
{
    public override InstallationQuestion Question => new(instances, wrongRequest)
    {
        InstallationOnly = installationOnly,
        OffersInstallationOnly = true,
        MayMakeServer = !IsDryRun,
    };

    public override async Task<Prepared<RestorePlan?>> PrepareAsync(
        InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var meant = instances.OnlyInstances ? state.Instances : state.Targets;
        var asked = state.IsUnmade ? [] : meant.Where(one => one.Target.Active).ToList();
        var (plan, problems) = asked.Count == 0 ? (null, []) : await new RestorePreparation(state, asked, instances.OnlyInstances)
            .PrepareAsync(id, cancellationToken);
        return new Prepared<RestorePlan?>(state, plan, [.. state.Problems, .. state.Held(), .. problems])
        {
            IsEmpty = plan is null,
            Confirmation = plan is null ? null : new Confirmation(
                plan.Restores is [_] ? "The current data of this target will be lost."
                    : $"The current data of these {plan.Restores.Count} targets will be lost.",
                NotConfirmed.Of(plan.Save.Id, isGrave: true)),
        };
    }

    public override Task<RunOutcome> RunAsync(
        Prepared<RestorePlan?> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop,
        CancellationToken abort) => new RestoreRun(prepared.State, run).RunAsync(prepared.Plan!, events, stop, abort);
}
