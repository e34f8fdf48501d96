using System.Threading.Channels;
using PluginUpgrade.Checks;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Swaps.Kept;
using PluginUpgrade.Swaps.WholeDatabases;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Removes what side-by-side upgrades have kept of instances.</summary>
public sealed class PurgeUseCase(InstanceFilter instances, IReadOnlyList<Problem> wrongRequest) : UseCase<Plan>
{
    public override InstallationQuestion Question => new(instances, wrongRequest) { SizesOfKept = true };

    public override async Task<Prepared<Plan>> PrepareAsync(
        InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var concerned = state.IsWrongRequest ? []
            : state.Instances.Where(one => one.Target.Active && Preflight.IsUsable(one) && one.Kept.Count > 0).ToList();
        var (plan, problems) = await new KeptPreparation(state).PurgeAsync(concerned, cancellationToken);
        // Other instances may be upgraded meanwhile, one by one; not the whole installation.
        var held = (state with { Targets = [state.Installation, .. concerned] }).Held();
        return new Prepared<Plan>(state, plan, [.. state.TargetProblems(skipUnreachable: false), .. held, .. problems])
        {
            IsEmpty = plan.IsEmpty,
            Confirmation = new Confirmation("It cannot be recovered, and there is no way back afterwards.",
                NotConfirmed.Of("purge", isGrave: true, "It was not confirmed."))
            {
                Unasked = Unasked.Refuse,
            },
        };
    }

    public override Task<RunOutcome> RunAsync(
        Prepared<Plan> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort) =>
        KeptRun.RunAsync(prepared, run, (context, limits, told) => new PurgeLane(context, limits, told),
            (context, limits, told) => new DatabasePurgeLane(context, limits, told), events, stop, abort);
}
