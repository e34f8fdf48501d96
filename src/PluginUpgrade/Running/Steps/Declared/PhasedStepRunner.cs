using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Files;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps.Declared;

/// <summary>
/// Runs a step whose declared changes meet large tables, in three phases: everything up to the module in one transaction, which leaves the
/// row running; then what takes long, statement by statement, with weak locks; then what removes something and the done row, in one
/// transaction. After an interruption, the next attempt continues with the phase that is left, and never calls the module again.
/// </summary>
public sealed class PhasedStepRunner(
    RunContext context, DeclaredChanges declared, Func<Target, string> searchPath, ChannelWriter<UpgradeEvent> events)
{
    internal async Task<(StepOutcome Outcome, Exception? Cause)> TryAsync(
        LaneSession session, UpgradeStep step, StepWatch watch, CancellationToken abort)
    {
        var apply = (ApplySchema)step.Action;
        try
        {
            await PrepareAsync(session, step, abort);
            var expanded = await session.Journal.ReadExpandedAsync(session.Connection, step, abort);
            if (expanded is not null && expanded != apply.Slice.ExpandSha256)
                return (new StepOutcome(DeclaredProblem.ChangedMeanwhile(step)), null);
            // The journal says how far it is, not the plan: this may be another try of the same run.
            step = step with { Action = apply = apply with { IsExpanded = expanded is not null } };
            if (expanded is null && await ExpandAsync(session, step, apply, watch, abort) is { } ended) return (ended, null);
            SeededFault.Point("declared schema expanded");
            step = step with { Action = apply = apply with { IsExpanded = true } };
            await PrepareAsync(session, step, abort);
            if (!await session.Journal.GoOnAsync(session.Connection, step, context.RunId, abort))
                return (new StepOutcome(RunProblem.TakenOver(step)), null);
            await DemandAsync(session, step, apply, watch.Cancelled);
            SeededFault.Point("declared schema demanded");
            return (await ContractAsync(session, step, apply, watch), null);
        }
        catch (Exception e)
        {
            await session.RollBackAsync();
            if (abort.IsCancellationRequested) return (new StepOutcome(Cancelled: true), null);
            var problem = RunProblem.OfModule(step, e) ?? (e is UpgradeException { Problems: [var own, ..] } ? own : null)
                ?? watch.WithRemedy(step.Action.Failed(step, watch.Describe(step, e)), e);
            return (new StepOutcome(problem), e);
        }
    }

    /// <returns>How the step ended, where nothing of it is left; null: the first phase is committed.</returns>
    private async Task<StepOutcome?> ExpandAsync(
        LaneSession session, UpgradeStep step, ApplySchema apply, StepWatch watch, CancellationToken abort)
    {
        await DeclaredChanges.AddValuesAsync(session, step, abort);
        var transaction = new StepTransaction(session, context, searchPath);
        string? id = null;
        var files = UndoLog.Create(
            context.Root, new UndoOwner(context.RunId, step.Component, step.Version.Key, step.Entry.Module),
            () => new FilesGuard(context, step).WhileOpenAsync(id!));
        try
        {
            id = await transaction.BeginAsync(step, abort);
            if (id is null)
            {
                await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
                return await session.Journal.ReadAsync(session.Connection, step, abort) is { State: StepState.Done or StepState.Baseline }
                    ? new StepOutcome(Skipped: true) : new StepOutcome(RunProblem.NotClaimed(step));
            }
            await declared.ExpandAsync(session, step, apply, files, watch.Cancelled);
            SeededFault.Point("expansion not committed", session);
            await CommitAsync(session, step, () => transaction.CommitAsync(step, isExpanded: true, watch.Lost),
                async () => await session.Journal.ReadExpandedAsync(session.Connection, step, CancellationToken.None) is not null);
        }
        catch (UnknownResultException e)
        {
            // The files stay as they are, with their undo log: the next run reads the journal and then keeps or undoes them.
            files.Leave();
            throw new UpgradeException(RunProblem.Unknown(step, SqlErrors.Describe(e.InnerException!)), e.InnerException!);
        }
        catch (Exception e)
        {
            var ended = id is not null && await transaction.HasEndedAsync(step);
            await session.RollBackAsync();
            if (ended) return await new StepRecords(context).TornAsync(session, [step], 0);
            if (await UndoAsync(files, step) is { } problem) throw new UpgradeException(problem, e);
            throw;
        }
        await FileUndo.ForgetAsync(files, step, events);
        return null;
    }

    private static async Task<Problem?> UndoAsync(UndoLog files, UpgradeStep step)
    {
        var none = new Problem("", $"{step}", "", "");
        var undone = await FileUndo.UndoAsync(files, none);
        return undone == none ? null : step.Action.Failed(step, undone.Message.Trim());
    }

    /// <summary>Each statement by itself. All can be repeated.</summary>
    private async Task DemandAsync(LaneSession session, UpgradeStep step, ApplySchema apply, CancellationToken abort)
    {
        foreach (var sql in apply.Statements(SchemaPhase.Demand, PostgresName.Quote(step.Target.Schema)))
        {
            // It waits for others without blocking anyone, and a lock timeout would leave an invalid index.
            var waits = sql.Contains(" CONCURRENTLY ", StringComparison.Ordinal);
            if (waits) await PrepareAsync(session, step, abort, limitsLocks: false);
            await using var command = new NpgsqlCommand(sql, session.Connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(abort);
            if (waits) await PrepareAsync(session, step, abort);
            SeededFault.Point("declared demand met");
        }
    }

    /// <summary>What a module has left in the session, or released, must not act on what follows.</summary>
    private async Task PrepareAsync(LaneSession session, UpgradeStep step, CancellationToken abort, bool limitsLocks = true)
    {
        if (!await session.ResetAndHoldAsync(abort, limitsLocks)) throw new UpgradeException(RunProblem.LostLock(step));
        await session.ExecuteAsync($"SET search_path = {searchPath(step.Target)}", abort);
    }

    private async Task<StepOutcome> ContractAsync(LaneSession session, UpgradeStep step, ApplySchema apply, StepWatch watch)
    {
        await session.ExecuteAsync($"BEGIN; SET LOCAL search_path = {searchPath(step.Target)}", watch.Cancelled);
        if (await session.Journal.HoldExpandedAsync(session.Connection, step, context.RunId, watch.Cancelled) is not { } id)
        {
            await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
            return new StepOutcome(RunProblem.TakenOver(step));
        }
        await DeclaredChanges.ContractAsync(session, step, apply, watch.Cancelled);
        SeededFault.Point("contraction not committed", session);
        try
        {
            await CommitAsync(session, step, async () =>
            {
                await using var batch = new NpgsqlBatch(session.Connection);
                batch.BatchCommands.Add(session.Journal.SealContracted(step, id));
                batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
                await batch.ExecuteNonQueryAsync(watch.Lost);
            }, async () => await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None) is { State: StepState.Done });
        }
        catch (UnknownResultException e)
        {
            return new StepOutcome(RunProblem.Unknown(step, SqlErrors.Describe(e.InnerException!)));
        }
        SeededFault.Point("step committed");
        return new StepOutcome();
    }

    /// <summary>If the answer is lost, finds out whether it was committed.</summary>
    /// <param name="look">Reads the result, on a new connection that holds the lock.</param>
    private static Task CommitAsync(LaneSession session, UpgradeStep step, Func<Task> commit, Func<Task<bool>> look) =>
        LostCommit.CommitAsync(commit, () => session.DisposeAsync().AsTask(), async () =>
        {
            await session.ReopenAsync(LostCommit.Patience, CancellationToken.None);
            return await look();
        }, e => new UnknownResultException($"{step}", e));

    private sealed class UnknownResultException(string step, Exception lost) : Exception(step, lost);
}
