using System.Threading.Channels;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>Removes what side-by-side upgrades have kept of a target.</summary>
internal sealed class PurgeLane(RunContext context, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
    : KeptLane(context, limits, events)
{
    protected override string What => "The removal";

    protected override async Task RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var (target, names) = (step.Target, ((PurgeKept)step.Action).Names);
        await new SchemaLocks(session, Context, target).TakeAsync(names, abort);
        SeededFault.Point("purge locked");
        var (ours, problems) = await PurgeCheck.FindAsync(session.Connection, target, abort);
        if (problems.HaveErrors()) throw new UpgradeException([.. problems.Errors()]);
        if (!ours.Select(one => one.Name).SequenceEqual(names)) throw new UpgradeException(KeptProblem.Moved(target));
        await session.ExecuteAsync($"DROP SCHEMA {string.Join(", ", names.Select(PostgresName.Quote))} CASCADE", abort);
        SeededFault.Point("purge dropped");
        await CommitAsync(session, target, async (again, token) =>
        {
            var left = await SchemaRights.ReadAsync(again, names, token);
            return ours.All(one => left.OidOf(one.Name) != one.Oid);
        });
        SeededFault.Point("purge committed");
    }
}
