using System.Threading.Channels;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Swaps.Kept;

namespace PluginUpgrade.Upgrades;

/// <summary>Makes the lane of one kind of target.</summary>
internal delegate KeptLane KeptLaneOf(RunContext context, ServerLimits limits, ChannelWriter<UpgradeEvent> events);

/// <summary>Runs a plan on what is kept: rollback and purge.</summary>
internal static class KeptRun
{
    public static Task<RunOutcome> RunAsync(
        Prepared<Plan> prepared, RunIdentity run, KeptLaneOf ofSchemas, KeptLaneOf ofDatabases, ChannelWriter<UpgradeEvent> events,
        CancellationToken stop, CancellationToken abort)
    {
        var state = prepared.State;
        var context = state.ForRun(run);
        var (schemas, databases) = (ofSchemas(context, state.Limits, events), ofDatabases(context, state.Limits, events));
        return new Runner((lane, begin, end) => (lane.Target.OwnDatabase ? databases : schemas).RunAsync(lane, begin, end),
            state.Settings.Run.Parallel, null, events, run.Time)
            .RunAsync(run.Id, prepared.Plan, isDryRun: false, stop, abort);
    }
}
