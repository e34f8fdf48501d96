using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Running;

/// <summary>How one step, or several in one transaction, ended. None of the first three: they were run and committed.</summary>
public sealed record StepOutcome(Problem? Failure = null, bool Skipped = false, bool Cancelled = false, Exception? Cause = null)
{
    /// <summary>Which of several it is about, counted from 0.</summary>
    public int At { get; init; }

    /// <summary>Which of several another run had done meanwhile.</summary>
    public IReadOnlyList<int> SkippedOnes { get; init; } = [];

    /// <summary>Of a failure: whether the steps before it are committed, because the module that failed did that.</summary>
    public bool KeptBefore { get; init; }
}

/// <summary>
/// The commit protocol: claim first, the module's code, seal last, all in one transaction on the session that holds the target's lock. So
/// the journal and the data can never disagree; docs/architecture.md tells why each part is as it is.
/// </summary>
public sealed class StepRunner(RunSetting setting, StepExecutors executors, OutsideStepRunner outside, ChannelWriter<UpgradeEvent> events)
{
    private const int Tries = 4;

    /// <param name="steps">One; or several that are one transaction: all of them are done or none.</param>
    public async Task<StepOutcome> RunAsync(LaneSession session, IReadOnlyList<UpgradeStep> steps, CancellationToken abort)
    {
        var tell = new StepTelling(steps, setting.Time, events);
        var outcome = await RetryAsync(session, steps, tell, abort);
        tell.End(outcome);
        return outcome;
    }

    /// <summary>
    /// Deadlocks, serialisation failures, locks that were not granted in time, a server that was started again: all of it again, bounded.
    /// A connection that ended otherwise is no reason: somebody may have ended it, or the step's own statement the server.
    /// </summary>
    private async Task<StepOutcome> RetryAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, StepTelling tell, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            session.WasInterrupted = false;
            var (outcome, cause, reason) = await TryAsync(session, steps, tell, abort);
            if (cause is null) return outcome;
            var step = steps[outcome.At];
            try
            {
                if (!session.IsOpen) await session.ReopenAsync(setting.Connection.LockTimeout, abort);
                var again = SqlErrors.IsRetryable(cause) || session.WasInterrupted;
                if (attempt == Tries || !again) return await FailedAsync(session, step, outcome, cause);
                if (await LaneCheck.FindAsync(session, steps[0], setting.RunId, abort) is { } changed)
                    return new StepOutcome(changed) { At = outcome.At };
                events.TryWrite(new UpgradeEvent.StepRetried(step, attempt + 1, Reason(session, reason)));
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 400) * attempt), setting.Time, abort);
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                return new StepOutcome(Cancelled: true);
            }
            catch (Exception e) when (e is NpgsqlException or UpgradeException or IOException or TimeoutException)
            {
                return outcome with { Failure = NotWritten(outcome.Failure!, e), Cause = cause };
            }
        }
    }

    private static string Reason(LaneSession session, string reason) =>
        session.WasInterrupted ? $"the server was started again ({reason})" : reason;

    private async Task<(StepOutcome Outcome, Exception? Cause, string Reason)> TryAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, StepTelling tell, CancellationToken abort)
    {
        await using var watch = new StepWatch(session, steps[0].Target, setting, abort);
        var (outcome, cause) = await TryAsync(session, steps, tell, watch, abort);
        return (outcome, cause, cause is null ? "" : watch.Describe(cause));
    }

    /// <returns>The outcome, and what caused it where a step failed and that is not in the journal yet.</returns>
    private async Task<(StepOutcome Outcome, Exception? Cause)> TryAsync(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, StepTelling tell, StepWatch watch, CancellationToken abort)
    {
        if (steps is [{ Action.IsTransactional: false }])
        {
            tell.Begin(0);
            return await outside.TryAsync(session, steps[0], watch, abort);
        }
        var transaction = new StepTransaction(session, setting, executors.SearchPath);
        string? id = null;
        var files = UndoLog.Create(
            setting.Root, new UndoOwner(setting.RunId, steps[0].Component, steps[0].Version.Key, steps[0].Entry.Module),
            () => new FilesGuard(setting, steps[0]).WhileOpenAsync(id!));
        var (at, begun) = (0, false);
        UpgradeStep? done = null;
        List<int> skipped = [];
        try
        {
            for (; at < steps.Count; at++)
            {
                var step = steps[at];
                tell.Begin(at);
                begun = false;
                id = at == 0 ? await transaction.BeginAsync(step, abort) : await transaction.GoOnAsync(done, step, abort);
                done = null;
                if (id is null)
                {
                    // Somebody else's row is in the way, and says how far it got.
                    if (await IsTornAsync(session, step)) return (await LeaveAsync(session, RunProblem.TornBefore(step), at), null);
                    skipped.Add(at);
                    continue;
                }
                begun = true;
                SeededFault.Point("step claimed");
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
            return (await TornAsync(session, steps, at), null);
        }
        var lost = !await session.RollBackAsync() || SqlErrors.IsLostConnection(e) && !begun;
        var error = watch.Describe(e);
        var problem = RunProblem.OfModule(step, e)
            ?? (lost ? RunProblem.LostConnection(step, error)
            : begun ? step.Action.Failed(step, error) : RunProblem.NotBegun(step, error));
        var undone = await FileUndo.UndoAsync(files, problem);
        var cancelled = abort.IsCancellationRequested && undone == problem;
        return cancelled ? (new StepOutcome(Cancelled: true), null) : (new StepOutcome(undone) { At = at }, e);
    }

    /// <summary>Not to be cancelled: a commit whose answer is not awaited is one that nobody knows of.</summary>
    /// <param name="last">The step that is not sealed yet; null where the last one was another run's.</param>
    private async Task<(StepOutcome, Exception?)> CommitAsync(
        LaneSession session, StepTransaction transaction, IReadOnlyList<UpgradeStep> steps, UpgradeStep? last,
        UndoLog files, StepWatch watch)
    {
        try
        {
            if (SeededFault.Is("forget files first")) await FileUndo.ForgetAsync(files, steps[^1], events);
            if (SeededFault.Is("journal in a second transaction")) await session.ExecuteAsync("COMMIT; BEGIN", CancellationToken.None);
            SeededFault.Point("step not committed");
            await transaction.CommitAsync(last, watch.Lost);
            SeededFault.Point("step committed");
        }
        catch (SealRefusedException e)
        {
            return await RefusedAsync(session, transaction, steps, steps.Count - 1, files, e.Reason);
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
        {
            return await RefusedAsync(session, transaction, steps, steps.Count - 1, files, e);
        }
        catch (Exception e)
        {
            return await ResolveAsync(session, last ?? steps[^1], steps.Count - 1, files, e, watch.Describe(e));
        }
        await FileUndo.ForgetAsync(files, steps[^1], events);
        SeededFault.Point("files forgotten");
        return (new StepOutcome(), null);
    }

    /// <summary>The server has refused a seal or the COMMIT.</summary>
    private async Task<(StepOutcome, Exception?)> RefusedAsync(
        LaneSession session, StepTransaction transaction, IReadOnlyList<UpgradeStep> steps, int at, UndoLog files, PostgresException? e)
    {
        var step = steps[at];
        // A COMMIT that was refused has ended the transaction: that was not the module.
        var torn = e?.SqlState == PostgresErrorCodes.DivisionByZero
            || (e?.BatchCommand?.CommandText != "COMMIT" && await transaction.HasEndedAsync(step));
        await session.RollBackAsync();
        if (torn || e is null) return (await TornAsync(session, steps, at), null);
        var problem = e.SqlState == PostgresErrorCodes.InFailedSqlTransaction
            ? RunProblem.SwallowedError(step) : step.Action.Failed(step, SqlErrors.Describe(e));
        return (new StepOutcome(await FileUndo.UndoAsync(files, problem)) { At = at }, e);
    }

    /// <summary>The answer to COMMIT did not come: what happened is looked up.</summary>
    private async Task<(StepOutcome, Exception?)> ResolveAsync(
        LaneSession session, UpgradeStep step, int at, UndoLog files, Exception lost, string error)
    {
        await session.DisposeAsync();
        switch (await new LostCommit(setting).HappenedAsync(session, step))
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

    private static async Task<bool> IsTornAsync(LaneSession session, UpgradeStep step) =>
        await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None) is { State: StepState.Running };

    /// <summary>Nothing was done, and nothing is to be.</summary>
    private static async Task<StepOutcome> LeaveAsync(LaneSession session, Problem? problem, int at)
    {
        await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
        return new StepOutcome(problem, Skipped: problem is null) { At = at };
    }

    private async Task<StepOutcome> TornAsync(LaneSession session, IReadOnlyList<UpgradeStep> steps, int at)
    {
        var problem = RunProblem.EndedTransaction(steps[at]);
        await session.Journal.RecordTornAsync(session.Connection, steps[at], setting.RunId, problem.Message, CancellationToken.None);
        var before = at == 0 ? null : await session.Journal.ReadAsync(session.Connection, steps[at - 1], CancellationToken.None);
        return new StepOutcome(problem) { At = at, KeptBefore = before is { State: StepState.Done or StepState.Baseline } };
    }

    /// <summary>For people and for the status; that it cannot be written is no second failure.</summary>
    private async Task<StepOutcome> FailedAsync(LaneSession session, UpgradeStep step, StepOutcome outcome, Exception cause)
    {
        try
        {
            // The journal is read by others and goes into dumps.
            var secrets = new Secrets();
            secrets.AddFrom(step.Target.Database);
            // What the modules of this lane did to the session is not for the journal's own words.
            await session.ExecuteAsync(string.Join("; ", Connections.ResetSql), CancellationToken.None);
            var torn = await session.Journal.RecordFailureAsync(
                session.Connection, step, setting.RunId, secrets.Redact(SqlErrors.Describe(cause)), CancellationToken.None);
            return outcome with { Failure = torn ? RunProblem.EndedTransaction(step) : outcome.Failure, Cause = cause };
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            return outcome with { Failure = NotWritten(outcome.Failure!, e), Cause = cause };
        }
    }

    private static Problem NotWritten(Problem problem, Exception e) => problem with
    {
        Message = $"{problem.Message} The failure could not be written to the journal: {SqlErrors.Describe(e)}",
    };
}
