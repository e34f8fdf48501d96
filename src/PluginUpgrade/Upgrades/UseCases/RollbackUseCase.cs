using System.Threading.Channels;
using PluginUpgrade.Checks;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Swaps.Kept;
using PluginUpgrade.Swaps.WholeDatabases;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Goes back over a side-by-side upgrade of named instances.</summary>
public sealed class RollbackUseCase(InstanceFilter instances, IReadOnlyList<Problem> wrongRequest) : UseCase<Plan>
{
    public override InstallationQuestion Question => new(instances, wrongRequest);

    public override async Task<Prepared<Plan>> PrepareAsync(
        InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var usable = state.IsWrongRequest ? [] : state.Instances.Where(one => one.Target.Active && Preflight.IsUsable(one));
        var (plan, problems) = await new KeptPreparation(state).RollbackAsync(usable, cancellationToken);
        return new Prepared<Plan>(state, plan, [.. state.TargetProblems(skipUnreachable: false), .. state.Held(), .. problems])
        {
            IsEmpty = plan.IsEmpty,
            Confirmation = new Confirmation(
                "What was written since then is no longer live afterwards.",
                NotConfirmed.Of("rollback", isGrave: true, "It was not confirmed."))
            {
                Unasked = Unasked.Refuse,
            },
        };
    }

    public override Task<RunOutcome> RunAsync(
        Prepared<Plan> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort) =>
        KeptRun.RunAsync(prepared, run, (context, limits, told) => new RollbackLane(context, limits, told),
            (context, limits, told) => new DatabaseRollbackLane(context, limits, told), events, stop, abort);
}
