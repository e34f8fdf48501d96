using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Kept;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// Removes the databases that side-by-side upgrades have kept of a target, one after the other: the server drops databases only outside of
/// transactions. The same command removes what is left after a failure.
/// </summary>
internal sealed class DatabasePurgeLane(RunContext context, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
    : KeptLane(context, limits, events)
{
    protected override string What => "The removal";

    protected override async Task RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var (target, names) = (step.Target, ((PurgeKept)step.Action).Names);
        await using var elsewhere = await ElsewhereSession.OpenAsync(target, Context, Limits, abort);
        Context.Connection.Servers.MakeRoom();
        var (ours, problems) = await DatabasePurgeCheck.FindAsync(session.Connection, target, abort);
        if (problems.HaveErrors()) throw new UpgradeException([.. problems.Errors()]);
        if (!ours.Select(one => one.Name).SequenceEqual(names)) throw new UpgradeException(KeptProblem.Moved(target));
        SeededFault.Point("database purge locked");
        List<string> removed = [];
        foreach (var kept in ours)
        {
            try
            {
                if (kept.Place == KeptPlace.Next) await DatabaseCapture.RemoveAsync(session, Context.Time, abort);
                await DropAsync(elsewhere, target, kept, abort);
            }
            catch (Exception e) when (removed.Count > 0 && !abort.IsCancellationRequested)
            {
                throw new UpgradeException(DatabaseProblem.PurgedInPart(target, removed, kept.Name, e), e);
            }
            removed.Add(kept.Name);
            SeededFault.Point("database purge dropped");
        }
    }

    private static async Task DropAsync(ElsewhereSession elsewhere, Target target, KeptSchema kept, CancellationToken abort)
    {
        try
        {
            await elsewhere.ExecuteAsync($"DROP DATABASE {PostgresName.Quote(kept.Name)}", abort);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            throw new UpgradeException(DatabaseProblem.InUseKept(target, kept.Name, e.Detail ?? e.MessageText), e);
        }
        catch (Exception e) when (SqlErrors.IsLostConnection(e))
        {
            await elsewhere.ReopenAsync(LostCommit.Patience, CancellationToken.None);
            if (await elsewhere.OidAsync(kept.Name, CancellationToken.None) == kept.Oid) throw;
        }
    }
}
