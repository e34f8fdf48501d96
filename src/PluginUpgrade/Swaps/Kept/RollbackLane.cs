using System.Threading.Channels;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>Puts back the schema that was live before the exchange, and keeps the one that was live until now.</summary>
internal sealed class RollbackLane(RunContext context, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
    : KeptLane(context, limits, events)
{
    protected override string What => "The rollback";

    protected override async Task RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var (target, connection) = (step.Target, session.Connection);
        var (live, before) = (target.Schema, BesideNames.Before(target.Schema));
        await new SchemaLocks(session, Context, target).TakeAsync([live, before], abort);
        SeededFault.Point("rollback locked");
        var (found, problems) = await RollbackCheck.FindAsync(connection, target, abort);
        if (found is null) throw new UpgradeException(problems);
        if (!found.Action.DoesAs((RollBackSwap)step.Action)) throw new UpgradeException(KeptProblem.Moved(target));
        var statements = await SwapStatements.ReadBackAsync(connection, live, before, found.Note.Carried, abort);
        // One round trip: everybody waits.
        if (statements.Count > 0) await session.ExecuteAsync(string.Join("; ", statements), abort);
        SeededFault.Point("rollback carried");
        await ExchangeAsync(session, step, found, abort);
        SeededFault.Point("rollback not committed");
        await CommitAsync(session, target, async (again, token) =>
            (await SchemaRights.ReadAsync(again, [live], token)).OidOf(live) == found.Before.Oid);
        SeededFault.Point("rollback committed");
    }

    private async Task ExchangeAsync(LaneSession session, UpgradeStep step, Rollback found, CancellationToken abort)
    {
        var live = step.Target.Schema;
        var (before, failed) = (BesideNames.Before(live), BesideNames.Failed(live));
        var liveComment = await SchemaComment.ReadAsync(session.Connection, live, abort);
        var beforeComment = await SchemaComment.ReadAsync(session.Connection, before, abort);
        await session.ExecuteAsync($"ALTER SCHEMA {PostgresName.Quote(live)} RENAME TO {PostgresName.Quote(failed)}", abort);
        await session.ExecuteAsync($"ALTER SCHEMA {PostgresName.Quote(before)} RENAME TO {PostgresName.Quote(live)}", abort);
        SeededFault.Point("rollback renamed");
        if (!await session.Journal.RecordUndoneAsync(session.Connection, found.Module, Context.RunId, Rollback.Reason, abort))
            throw new UpgradeException(KeptProblem.NotRecorded(step.Target));
        var note = found.NoteAt(await Sql.NowAsync(session.Connection, abort));
        await session.ExecuteAsync(string.Join("; ",
        [
            SchemaComment.WriteSql(failed, note.Above(KeptNote.Read(liveComment).Former)),
            SchemaComment.WriteSql(live, KeptNote.Read(beforeComment).Former),
        ]), abort);
    }
}
