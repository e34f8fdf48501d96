using System.Threading.Channels;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Kept;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// Puts back the database that was live before the exchange, with the settings and rights that it had, and keeps the one that was live
/// until now.
/// </summary>
internal sealed class DatabaseRollbackLane(RunContext context, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
    : KeptLane(context, limits, events)
{
    private const int MostTries = 20;

    private static readonly Pause BetweenTries = Pause.OfMilliseconds(200, 5000, jitter: 0.75);

    protected override string What => "The rollback";

    protected override async Task RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await using var elsewhere = await ElsewhereSession.OpenAsync(step.Target, Context, Limits, abort);
        for (var number = 1; await TryAsync(session, elsewhere, step, abort) is { } blocked; number++)
        {
            if (number == MostTries) throw new UpgradeException(DatabaseProblem.InUse(step.Target, number, blocked));
            await BetweenTries.WaitAsync(number, Context.Time, abort);
        }
    }

    private async Task<string?> TryAsync(LaneSession session, ElsewhereSession elsewhere, UpgradeStep step, CancellationToken abort)
    {
        var target = step.Target;
        Context.Connection.Servers.MakeRoom();
        if (!session.IsOpen) await session.ReopenAsync(Context.Connection.LockTimeout, abort);
        await elsewhere.DemandAsync(abort);
        var (found, problems) = await DatabaseRollbackCheck.FindAsync(session.Connection, target, Context.Connection, abort);
        if (found is null) throw new UpgradeException(problems);
        if (!found.Action.DoesAs((RollBackSwap)step.Action)) throw new UpgradeException(KeptProblem.Moved(target));
        await using var former = await LaneSession.OpenAsync(BesideTarget.In(target, found.Before.Name), Context.Connection,
            Context.Connection.LockTimeout, null, null, Context.Time, abort);
        await DatabaseCapture.RemoveAsync(former, Context.Time, abort);
        var failed = BesideNames.Failed(target.DatabaseName);
        var note = found.NoteAt(await Sql.NowAsync(session.Connection, abort));
        return await new DatabaseExchange(elsewhere, target, Context.Time).TryAsync(new ExchangeParts
        {
            Live = session,
            Next = found.Before.Name,
            Kept = failed,
            Ours = [session.BackendPid, former.BackendPid],
            LastWork = async token =>
            {
                await SequencePositions.CopyAsync(session.Connection, former.Connection, token);
                if (!await former.Journal.RecordUndoneAsync(former.Connection, found.Module, Context.RunId, Rollback.Reason, token))
                    throw new UpgradeException(KeptProblem.NotRecorded(target));
            },
            Leave = async () =>
            {
                await former.DisposeAsync();
                await session.DisconnectAsync();
            },
            Then = [DatabaseComment.NoteSql(failed, note), DatabaseComment.WithoutNoteSql(target.DatabaseName)],
        }, abort);
    }
}
