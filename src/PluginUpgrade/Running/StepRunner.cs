using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Running;

/// <summary>How one step ended. None of the three: it was run and committed.</summary>
public sealed record StepOutcome(Problem? Failure = null, bool Skipped = false, bool Cancelled = false, Exception? Cause = null);

/// <summary>
/// The commit protocol: claim first, the module's code, seal last, all in one transaction on the session that holds the target's lock. So
/// the journal and the data can never disagree; docs/architecture.md tells why each part is as it is.
/// </summary>
public sealed class StepRunner(RunSetting setting, ModuleCall module, OutsideStepRunner outside, ChannelWriter<UpgradeEvent> events)
{
    private const int Tries = 4;

    /// <summary>The savepoint that tells the step's own transaction from one that the module began, even when it is aborted.</summary>
    private const string Mark = "krang_upgrade_step";

    public async Task<StepOutcome> RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var start = setting.Time.GetTimestamp();
        events.TryWrite(new UpgradeEvent.StepStarted(step));
        var outcome = await RetryAsync(session, step, abort);
        var duration = setting.Time.GetElapsedTime(start);
        events.TryWrite(outcome switch
        {
            { Failure: { } problem } => new UpgradeEvent.StepFailed(step, problem, duration, outcome.Cause),
            { Cancelled: true } => new UpgradeEvent.StepCancelled(step),
            { Skipped: true } => new UpgradeEvent.StepSkipped(step, "the journal has it as done: another run did it meanwhile"),
            _ => new UpgradeEvent.StepSucceeded(step, duration),
        });
        return outcome;
    }

    /// <summary>
    /// Deadlocks, serialisation failures, locks that were not granted in time, a server that was started again: the whole step again,
    /// bounded. A connection that ended otherwise is no reason: somebody may have ended it, or the step's own statement the server.
    /// </summary>
    private async Task<StepOutcome> RetryAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            session.WasInterrupted = false;
            var (outcome, cause, reason) = await TryAsync(session, step, abort);
            if (cause is null) return outcome;
            try
            {
                if (!session.IsOpen) await session.ReopenAsync(setting.Connection.LockTimeout, abort);
                var again = SqlErrors.IsRetryable(cause) || session.WasInterrupted;
                if (attempt == Tries || !again) return await FailedAsync(session, step, outcome.Failure!, cause);
                if (await LaneCheck.FindAsync(session, step, setting.RunId, abort) is { } changed) return new StepOutcome(changed);
                events.TryWrite(new UpgradeEvent.StepRetried(step, attempt + 1, Reason(session, reason)));
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 400) * attempt), setting.Time, abort);
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                return new StepOutcome(Cancelled: true);
            }
            catch (Exception e) when (e is NpgsqlException or UpgradeException or IOException or TimeoutException)
            {
                return new StepOutcome(NotWritten(outcome.Failure!, e), Cause: cause);
            }
        }
    }

    private static string Reason(LaneSession session, string reason) =>
        session.WasInterrupted ? $"the server was started again ({reason})" : reason;

    private async Task<(StepOutcome Outcome, Exception? Cause, string Reason)> TryAsync(
        LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await using var watch = new StepWatch(session, step.Target, setting, abort);
        var (outcome, cause) = step.Module is { Transactional: false }
            ? await outside.TryAsync(session, step, watch, abort) : await TryAsync(session, step, watch, abort);
        return (outcome, cause, cause is null ? "" : watch.Describe(cause));
    }

    /// <returns>The outcome, and what caused it where the step failed and that is not in the journal yet.</returns>
    private async Task<(StepOutcome Outcome, Exception? Cause)> TryAsync(
        LaneSession session, UpgradeStep step, StepWatch watch, CancellationToken abort)
    {
        string? transaction = null;
        var files = UndoLog.Create(
            setting.Root, new UndoOwner(setting.RunId, step.Component, step.Version.Key, step.Module?.Name ?? ""),
            () => new FilesGuard(setting, step).WhileOpenAsync(transaction!));
        var begun = false;
        try
        {
            transaction = await BeginAsync(session, step, abort);
            if (transaction is null) return (await NotClaimedAsync(session, step), null);
            begun = true;
            SeededFault.Point("step claimed");
            await module.RunAsync(session, step, files, watch.Cancelled);
            SeededFault.Point("module returned");
        }
        catch (Exception e)
        {
            if (begun && await HasEndedTransactionAsync(session, step))
            {
                await session.RollBackAsync();
                return (await TornAsync(session, step), null);
            }
            var lost = !await session.RollBackAsync() || SqlErrors.IsLostConnection(e) && !begun;
            var error = watch.Describe(e);
            var problem = RunProblem.OfModule(step, e)
                ?? (lost ? RunProblem.LostConnection(step, error)
                : begun ? RunProblem.ModuleThrew(step, error) : RunProblem.NotBegun(step, error));
            var undone = await FileUndo.UndoAsync(files, problem);
            var cancelled = abort.IsCancellationRequested && undone == problem;
            return cancelled ? (new StepOutcome(Cancelled: true), null) : (new StepOutcome(undone), e);
        }
        return await CommitAsync(session, step, files, watch);
    }

    /// <returns>The transaction's id; null where the step was not claimed.</returns>
    private async Task<string?> BeginAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await using var batch = new NpgsqlBatch(session.Connection) { Timeout = Sql.Seconds(setting.Connection.AnswerTimeout) };
        var prepare = SeededFault.Is("session as it was left")
            ? "SET client_min_messages = warning" : Connections.SessionSql(session.Connection.PostgreSqlVersion, setting.Connection);
        foreach (var statement in prepare.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        // A transaction of its own, in the same round trip: the step's begins with these settings, and its rollback does not undo them.
        batch.BatchCommands[^1].AppendErrorBarrier = true;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.BatchCommands.Add(TargetLock.HoldForTransaction(step.Target.Scope, step.Target.Schema));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(module.SearchPathSql(step.Target)));
        if (step.ReplacesBaseline) batch.BatchCommands.Add(session.Journal.RemoveBaselines(step));
        batch.BatchCommands.Add(session.Journal.Claim(step, setting.RunId));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SAVEPOINT {Mark}"));
        await using var reader = await batch.ExecuteReaderAsync(abort);
        var held = await reader.ReadAsync(abort) && reader.GetBoolean(0);
        await reader.NextResultAsync(abort);
        var claimed = await reader.ReadAsync(abort) ? reader.GetString(0) : null;
        await reader.NextResultAsync(abort);
        return held ? claimed : throw new UpgradeException(RunProblem.LostLock(step));
    }

    /// <summary>Somebody else's row is in the way, and says how far it got.</summary>
    private static async Task<StepOutcome> NotClaimedAsync(LaneSession session, UpgradeStep step)
    {
        await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
        return await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None) is { State: StepState.Running }
            ? new StepOutcome(RunProblem.TornBefore(step))
            : new StepOutcome(Skipped: true);
    }

    /// <summary>Not to be cancelled: a commit whose answer is not awaited is one that nobody knows of.</summary>
    private async Task<(StepOutcome, Exception?)> CommitAsync(LaneSession session, UpgradeStep step, UndoLog files, StepWatch watch)
    {
        try
        {
            if (SeededFault.Is("forget files first")) await FileUndo.ForgetAsync(files, step, events);
            if (SeededFault.Is("journal in a second transaction")) await session.ExecuteAsync("COMMIT; BEGIN", CancellationToken.None);
            SeededFault.Point("step not committed");
            await session.Journal.SealAndCommitAsync(session.Connection, step, watch.Lost);
            SeededFault.Point("step committed");
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
        {
            // A COMMIT that was refused has ended the transaction: that was not the module.
            var torn = e.SqlState == PostgresErrorCodes.DivisionByZero
                || (e.BatchCommand?.CommandText != "COMMIT" && await HasEndedTransactionAsync(session, step));
            await session.RollBackAsync();
            if (torn) return (await TornAsync(session, step), null);
            var problem = e.SqlState == PostgresErrorCodes.InFailedSqlTransaction
                ? RunProblem.SwallowedError(step) : RunProblem.ModuleThrew(step, SqlErrors.Describe(e));
            return (new StepOutcome(await FileUndo.UndoAsync(files, problem)), e);
        }
        catch (Exception e)
        {
            return await ResolveAsync(session, step, files, e, watch.Describe(e));
        }
        await FileUndo.ForgetAsync(files, step, events);
        SeededFault.Point("files forgotten");
        return (new StepOutcome(), null);
    }

    /// <summary>The answer to COMMIT did not come: what happened is looked up.</summary>
    private async Task<(StepOutcome, Exception?)> ResolveAsync(
        LaneSession session, UpgradeStep step, UndoLog files, Exception lost, string error)
    {
        await session.DisposeAsync();
        switch (await new LostCommit(setting).HappenedAsync(session, step))
        {
            case true:
                await FileUndo.ForgetAsync(files, step, events);
                return (new StepOutcome(), null);
            case false:
                var problem = RunProblem.LostConnection(step, error);
                return (new StepOutcome(await FileUndo.UndoAsync(files, problem)), lost);
            default:
                // The files stay as they are, with their undo log: the next run reads the journal and then keeps or undoes them.
                files.Leave();
                return (new StepOutcome(RunProblem.Unknown(step, error)), null);
        }
    }

    /// <summary>
    /// False where that cannot be asked: on a connection that is gone or busy. In an aborted transaction only going back to a savepoint
    /// is allowed; ours is not there in a transaction that the module began, or outside of one.
    /// </summary>
    private static async Task<bool> HasEndedTransactionAsync(LaneSession session, UpgradeStep step)
    {
        try
        {
            if (!session.IsOpen) return false;
            await session.ExecuteAsync($"ROLLBACK TO SAVEPOINT {Mark}", CancellationToken.None);
            return !await session.Journal.IsClaimedHereAsync(session.Connection, step, CancellationToken.None);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.NoActiveSqlTransaction or "3B001")
        {
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<StepOutcome> TornAsync(LaneSession session, UpgradeStep step)
    {
        var problem = RunProblem.EndedTransaction(step);
        await session.Journal.RecordTornAsync(session.Connection, step, setting.RunId, problem.Message, CancellationToken.None);
        return new StepOutcome(problem);
    }

    /// <summary>For people and for the status; that it cannot be written is no second failure.</summary>
    private async Task<StepOutcome> FailedAsync(LaneSession session, UpgradeStep step, Problem problem, Exception cause)
    {
        try
        {
            // The journal is read by others and goes into dumps.
            var secrets = new Secrets();
            secrets.AddFrom(step.Target.Database);
            var torn = await session.Journal.RecordFailureAsync(
                session.Connection, step, setting.RunId, secrets.Redact(SqlErrors.Describe(cause)), CancellationToken.None);
            return new StepOutcome(torn ? RunProblem.EndedTransaction(step) : problem, Cause: cause);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            return new StepOutcome(NotWritten(problem, e), Cause: cause);
        }
    }

    private static Problem NotWritten(Problem problem, Exception e) => problem with
    {
        Message = $"{problem.Message} The failure could not be written to the journal: {SqlErrors.Describe(e)}",
    };
}
