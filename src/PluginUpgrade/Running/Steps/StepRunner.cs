using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Files;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running.Steps.Declared;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>How one step, or several in one transaction, ended. Without Failure, Skipped and Cancelled: run and committed.</summary>
public sealed record StepOutcome(Problem? Failure = null, bool Skipped = false, bool Cancelled = false, Exception? Cause = null)
{
    /// <summary>The index of the step that the outcome is about.</summary>
    public int At { get; init; }

    /// <summary>The indexes of steps that another run had done in the meantime.</summary>
    public IReadOnlyList<int> SkippedOnes { get; init; } = [];

    /// <summary>After a failure: whether the steps before it are committed, because the failed module committed.</summary>
    public bool KeptBefore { get; init; }
}

/// <summary>
/// The commit protocol: claim first, then the module's code, seal last, all in one transaction on the session that holds the target's
/// lock. So the journal and the data cannot disagree. docs/architecture.md explains each part.
/// </summary>
public sealed class StepRunner(
    RunContext context, StepExecutors executors, NonTransactionalStepRunner outside, PhasedStepRunner phased,
    ChannelWriter<UpgradeEvent> events)
{
    private const int Tries = 4;

    /// <summary>Attempts after races in the system catalogues. Another lane wins each race, so there can be as many as lanes.</summary>
    private const int RaceTries = 12;

    private static readonly Pause BetweenTries = Pause.OfMilliseconds(400, 1600, jitter: 0.75);

    private readonly StepRecords _records = new(context);

    /// <param name="steps">One step, or several in one transaction, which are all done or none.</param>
    public async Task<StepOutcome> RunAsync(LaneSession session, IReadOnlyList<UpgradeStep> steps, CancellationToken abort)
    {
        var reporter = new StepReporter(steps, context.Time, events);
        var outcome = await RetryAsync(session, steps, reporter, abort);
        if (outcome is { Failure: { Details: "" } failure, Cause: { } cause })
            outcome = outcome with { Failure = failure with { Details = FailureDetail.Of(cause) } };
        reporter.End(outcome);
        return outcome;
    }

    /// <summary>
    /// Retries the whole transaction, a limited number of times, after deadlocks, serialisation failures, lock timeouts, and a server
    /// restart. A connection that ended otherwise is not retried: somebody may have ended it on purpose, or the step's own statement may
    /// have ended the server.
    /// </summary>
    private async Task<StepOutcome> RetryAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, StepReporter reporter, CancellationToken abort)
    {
        try
        {
            return await Retry.UntilAsync(BetweenTries, context.Time, async attempt =>
            {
                session.WasInterrupted = false;
                var (outcome, cause, reason) = await TryAsync(session, steps, reporter, abort);
                return cause is null ? outcome : await AgainAsync(session, steps, attempt, outcome, cause, reason, abort);
            }, abort);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            return new StepOutcome(Cancelled: true);
        }
    }

    /// <returns>Null if the step is tried again.</returns>
    private async Task<StepOutcome?> AgainAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, int attempt, StepOutcome outcome, Exception cause, string reason,
        CancellationToken abort)
    {
        var step = steps[outcome.At];
        try
        {
            if (!session.IsOpen) await session.ReopenAsync(context.Connection.LockTimeout, abort);
            var again = SqlErrors.IsRetryable(cause) || session.WasInterrupted;
            var tries = SqlErrors.IsCatalogueRace(cause) ? RaceTries : Tries;
            if (attempt >= tries || !again) return await _records.FailedAsync(session, step, outcome, cause);
            if (await LaneCheck.FindAsync(session, steps[0], context.RunId, abort) is { } changed)
                return new StepOutcome(changed) { At = outcome.At };
            events.TryWrite(new UpgradeEvent.StepRetried(step, attempt + 1, Reason(session, reason), SqlErrors.StateOf(cause)));
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or UpgradeException or IOException or TimeoutException)
        {
            return outcome with { Failure = StepRecords.NotWritten(outcome.Failure!, e), Cause = cause };
        }
    }

    private static string Reason(LaneSession session, string reason) =>
        session.WasInterrupted ? $"the server was restarted ({reason})" : reason;

    private async Task<(StepOutcome Outcome, Exception? Cause, string Reason)> TryAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, StepReporter reporter, CancellationToken abort)
    {
        await using var watch = new StepWatch(session, steps[0].Target, context, abort);
        var (outcome, cause) = await TryAsync(session, steps, reporter, watch, abort);
        return (outcome, cause, cause is null ? "" : watch.Describe(steps[outcome.At], cause));
    }

    /// <returns>The outcome, and the exception of a failure that is not yet in the journal.</returns>
    private async Task<(StepOutcome Outcome, Exception? Cause)> TryAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, StepReporter reporter, StepWatch watch, CancellationToken abort)
    {
        if (steps is [{ Action.IsTransactional: false }])
        {
            reporter.Begin(0);
            return await (steps[0].Action is ApplySchema
                ? phased.TryAsync(session, steps[0], watch, abort) : outside.TryAsync(session, steps[0], watch, abort));
        }
        var transaction = new StepTransaction(session, context, executors.SearchPath);
        string? id = null;
        var files = UndoLog.Create(
            context.Root, new UndoOwner(context.RunId, steps[0].Component, steps[0].Version.Key, steps[0].Entry.Module),
            () => new FilesGuard(context, steps[0]).WhileOpenAsync(id!));
        var (at, begun) = (0, false);
        UpgradeStep? done = null;
        List<int> skipped = [];
        try
        {
            for (; at < steps.Count; at++)
            {
                var step = steps[at];
                reporter.Begin(at);
                begun = false;
                if (at == 0) await DeclaredChanges.AddValuesAsync(session, step, abort);
                id = at == 0 ? await transaction.BeginAsync(step, abort) : await transaction.GoOnAsync(done, step, abort);
                done = null;
                if (id is null)
                {
                    // Either a row of another run prevents the claim and tells how far it got, or the journal rejected our row.
                    if (await InTheWayAsync(session, step) is { } why) return (await LeaveAsync(session, why, at), null);
                    // The done row stays. Recorded versions beyond it are removed by the COMMIT, so then the step is not skipped.
                    if (step.Entry.RemovesRecords.Count == 0) skipped.Add(at);
                    continue;
                }
                begun = true;
                SeededFault.Point("step claimed");
                if (step.Action.RunsModuleCode) await session.LearnTypesAsync(inTransaction: true, abort);
                await executors.RunAsync(session, step, files, watch.Cancelled);
                SeededFault.Point("module returned");
                done = step;
            }
        }
        catch (SealRefusedException e)
        {
            return await RefusedAsync(session, transaction, steps, at - 1, files, e.Reason);
        }
        catch (Exception e)
        {
            return await FailAsync(session, transaction, steps, at, begun, files, watch, e, abort);
        }
        if (skipped.Count == steps.Count) return (await LeaveAsync(session, null, 0), null);
        var (outcome, cause) = await CommitAsync(session, transaction, steps, done, files, watch);
        return (outcome with { SkippedOnes = skipped }, cause);
    }

    private async Task<(StepOutcome, Exception?)> FailAsync(
        LaneSession session, StepTransaction transaction, IReadOnlyList<UpgradeStep> steps, int at, bool begun,
        UndoLog files, StepWatch watch, Exception e, CancellationToken abort)
    {
        var step = steps[at];
        if (begun && await transaction.HasEndedAsync(step))
        {
            await session.RollBackAsync();
            return (await _records.TornAsync(session, steps, at), null);
        }
        var isThere = await session.RollBackAsync();
        // An error from the server means that it rolled back, even if the connection is lost afterwards.
        var lost = !SqlErrors.IsRefusal(e) && (!isThere || SqlErrors.IsLostConnection(e) && !begun);
        var error = watch.Describe(step, e);
        var problem = RunProblem.OfModule(step, e)
            ?? (lost ? RunProblem.LostConnection(step, error)
            : begun ? watch.WithRemedy(step.Action.Failed(step, error), e) : RunProblem.NotBegun(step, error));
        var undone = await FileUndo.UndoAsync(files, problem);
        var cancelled = abort.IsCancellationRequested && undone == problem;
        return cancelled ? (new StepOutcome(Cancelled: true), null) : (new StepOutcome(undone) { At = at }, e);
    }

    /// <summary>Not cancellable: without the answer the result of the commit would be unknown.</summary>
    /// <param name="last">The step that is not sealed yet; null if another run had done the last one.</param>
    private async Task<(StepOutcome, Exception?)> CommitAsync(
        LaneSession session, StepTransaction transaction, IReadOnlyList<UpgradeStep> steps, UpgradeStep? last,
        UndoLog files, StepWatch watch)
    {
        try
        {
            SeededFault.Point("step not committed", session, files);
            await transaction.CommitAsync(last, watch.Lost);
            SeededFault.Point("step committed");
        }
        catch (SealRefusedException e)
        {
            return await RefusedAsync(session, transaction, steps, steps.Count - 1, files, e.Reason);
        }
        catch (PostgresException e) when (!SqlErrors.IsEndOfSession(e))
        {
            return await RefusedAsync(session, transaction, steps, steps.Count - 1, files, e);
        }
        catch (Exception e)
        {
            return await ResolveAsync(session, last ?? steps[^1], steps.Count - 1, files, e, watch.Describe(steps[^1], e));
        }
        await FileUndo.ForgetAsync(files, steps[^1], events);
        SeededFault.Point("files forgotten");
        return (new StepOutcome(), null);
    }

    /// <summary>The server rejected a seal or the COMMIT.</summary>
    private async Task<(StepOutcome, Exception?)> RefusedAsync(
        LaneSession session, StepTransaction transaction, IReadOnlyList<UpgradeStep> steps, int at, UndoLog files, PostgresException e)
    {
        var step = steps[at];
        // If the COMMIT itself failed, it ended the transaction, not the module.
        var torn = e.BatchCommand?.CommandText != "COMMIT" && await transaction.HasEndedAsync(step);
        await session.RollBackAsync();
        if (torn) return (await _records.TornAsync(session, steps, at), null);
        var problem = e.SqlState == PostgresErrorCodes.InFailedSqlTransaction ? RunProblem.SwallowedError(step)
            : StepTransaction.IsSeal(e.BatchCommand) ? RunProblem.NotSealed(step, Seal(e))
            : step.Action.Failed(step, StepFault.Describe(step, e));
        return (new StepOutcome(await FileUndo.UndoAsync(files, problem)) { At = at }, e);
    }

    private static string Seal(PostgresException e) => e.SqlState == PostgresErrorCodes.DivisionByZero
        ? RunProblem.NoRowDone : SqlErrors.Describe(e);

    /// <summary>The answer to COMMIT was lost: finds out what happened.</summary>
    private async Task<(StepOutcome, Exception?)> ResolveAsync(
        LaneSession session, UpgradeStep step, int at, UndoLog files, Exception lost, string error)
    {
        await session.DisposeAsync();
        switch (await LostCommit.HappenedAsync(() => IsCommittedAsync(session, step)))
        {
            case true:
                await FileUndo.ForgetAsync(files, step, events);
                return (new StepOutcome(), null);
            case false:
                var problem = RunProblem.LostConnection(step, error);
                return (new StepOutcome(await FileUndo.UndoAsync(files, problem)) { At = at }, lost);
            default:
                // The files stay as they are, with their undo log: the next run reads the journal and then keeps or undoes them.
                files.Leave();
                return (new StepOutcome(RunProblem.Unknown(step, error)) { At = at }, null);
        }
    }

    /// <summary>Reads the journal under the lock. The session has a new connection afterwards.</summary>
    private async Task<bool> IsCommittedAsync(LaneSession session, UpgradeStep step)
    {
        try
        {
            await session.ReopenAsync(LostCommit.Patience, CancellationToken.None);
            var row = await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None);
            return row is { State: StepState.Done or StepState.Baseline, Run: var run } && run == context.RunId;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <returns>Null if the journal has the step as done by another run.</returns>
    private static async Task<Problem?> InTheWayAsync(LaneSession session, UpgradeStep step) =>
        await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None) switch
        {
            { State: StepState.Done or StepState.Baseline } => null,
            { State: StepState.Running } => RunProblem.TornBefore(step),
            _ => RunProblem.NotClaimed(step),
        };

    /// <summary>Ends the transaction without having done anything.</summary>
    private static async Task<StepOutcome> LeaveAsync(LaneSession session, Problem? problem, int at)
    {
        await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
        return new StepOutcome(problem, Skipped: problem is null) { At = at };
    }
}
