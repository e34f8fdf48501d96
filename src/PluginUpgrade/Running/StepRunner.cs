using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>How one step ended. None of the three: it was run and committed.</summary>
public sealed record StepOutcome(Problem? Failure = null, bool Skipped = false, bool Cancelled = false);

/// <summary>
/// The commit protocol: claim first, the module's code, seal last, all in one transaction on the session that holds the target's lock. So
/// the journal and the data can never disagree; docs/architecture.md tells why each part is as it is.
/// </summary>
public sealed class StepRunner(RunSetting setting, ModuleCall module, ChannelWriter<UpgradeEvent> events)
{
    private const int Tries = 4;

    public async Task<StepOutcome> RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var start = setting.Time.GetTimestamp();
        events.TryWrite(new UpgradeEvent.StepStarted(step));
        var outcome = await RetryAsync(session, step, abort);
        var duration = setting.Time.GetElapsedTime(start);
        events.TryWrite(outcome switch
        {
            { Failure: { } problem } => new UpgradeEvent.StepFailed(step, problem, duration),
            { Cancelled: true } => new UpgradeEvent.StepCancelled(step),
            { Skipped: true } => new UpgradeEvent.StepSkipped(step, "the journal has it as done: another run did it meanwhile"),
            _ => new UpgradeEvent.StepSucceeded(step, duration),
        });
        return outcome;
    }

    /// <summary>Deadlocks, serialisation failures and locks that were not granted in time: the whole step again, bounded.</summary>
    private async Task<StepOutcome> RetryAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (outcome, cause) = await TryAsync(session, step, abort);
            if (cause is null) return outcome;
            if (attempt == Tries || !SqlErrors.IsRetryable(cause) || !session.IsOpen)
                return await RecordFailureAsync(session, step, outcome.Failure!, cause);
            events.TryWrite(new UpgradeEvent.StepRetried(step, attempt + 1, SqlErrors.Describe(cause)));
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 400) * attempt), setting.Time, abort);
            }
            catch (OperationCanceledException)
            {
                return new StepOutcome(Cancelled: true);
            }
        }
    }

    /// <returns>The outcome, and what caused it where the step failed and that is not in the journal yet.</returns>
    private async Task<(StepOutcome Outcome, Exception? Cause)> TryAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var files = UndoLog.Create(setting.Root, new UndoOwner(setting.RunId, step.Component, step.Version.Key, step.Module?.Name ?? ""));
        var begun = false;
        try
        {
            if (!await BeginAsync(session, step, abort)) return (await NotClaimedAsync(session, step), null);
            begun = true;
            await module.RunAsync(step, session.Connection, files, abort);
        }
        catch (Exception e)
        {
            var lost = !await session.RollBackAsync() || SqlErrors.IsLostConnection(e) && !begun;
            var problem = lost ? RunProblem.LostConnection(step, SqlErrors.Describe(e))
                : begun ? RunProblem.ModuleThrew(step, SqlErrors.Describe(e)) : RunProblem.NotBegun(step, SqlErrors.Describe(e));
            var undone = await UndoAsync(files, problem);
            return abort.IsCancellationRequested && undone == problem
                ? (new StepOutcome(Cancelled: true), null)
                : (new StepOutcome(undone), e);
        }
        return await CommitAsync(session, step, files);
    }

    private async Task<bool> BeginAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await using var batch = new NpgsqlBatch(session.Connection);
        var prepare = Connections.SessionSql(session.Connection.PostgreSqlVersion, setting.Connection);
        foreach (var statement in prepare.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(module.SearchPathSql(step.Target)));
        if (step.ReplacesBaseline) batch.BatchCommands.Add(session.Journal.RemoveBaselines(step));
        batch.BatchCommands.Add(session.Journal.Claim(step, setting.RunId));
        return await batch.ExecuteScalarAsync(abort) is 1;
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
    private async Task<(StepOutcome, Exception?)> CommitAsync(LaneSession session, UpgradeStep step, UndoLog files)
    {
        try
        {
            await session.Journal.SealAndCommitAsync(session.Connection, step, CancellationToken.None);
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
        {
            await session.RollBackAsync();
            if (e.SqlState == PostgresErrorCodes.DivisionByZero) return (await TornAsync(session, step), null);
            var problem = e.SqlState == PostgresErrorCodes.InFailedSqlTransaction
                ? RunProblem.SwallowedError(step) : RunProblem.ModuleThrew(step, SqlErrors.Describe(e));
            return (new StepOutcome(await UndoAsync(files, problem)), e);
        }
        catch (Exception e)
        {
            return await ResolveAsync(session, step, files, e);
        }
        await ForgetAsync(files, step);
        return (new StepOutcome(), null);
    }

    /// <summary>
    /// The answer to COMMIT did not come. The lock first: the old session may still be committing, and its lock ends only after that can
    /// be seen. Then the journal: what it says is what happened. COMMIT is never sent again.
    /// </summary>
    private async Task<(StepOutcome, Exception?)> ResolveAsync(LaneSession session, UpgradeStep step, UndoLog files, Exception lost)
    {
        await session.DisposeAsync();
        var patience = TimeSpan.FromMinutes(1);
        try
        {
            await using var other = await ReopenAsync(step.Target, patience);
            var row = await other.Journal.ReadAsync(other.Connection, step, CancellationToken.None);
            if (row is { State: not (StepState.Failed or StepState.Running), Run: var run } && run == setting.RunId)
            {
                await ForgetAsync(files, step);
                return (new StepOutcome(), null);
            }
            return (new StepOutcome(await UndoAsync(files, RunProblem.LostConnection(step, SqlErrors.Describe(lost)))), lost);
        }
        catch (Exception e) when (e is UpgradeException or NpgsqlException or IOException or TimeoutException)
        {
            // The files stay as they are, with their undo log: the next run reads the journal and then keeps or undoes them.
            return (new StepOutcome(RunProblem.Unknown(step, SqlErrors.Describe(lost))), null);
        }
    }

    private async Task<LaneSession> ReopenAsync(Target target, TimeSpan patience)
    {
        var start = setting.Time.GetTimestamp();
        while (true)
            try
            {
                return await LaneSession.OpenAsync(target, setting.Connection, patience, null, setting.Time, CancellationToken.None);
            }
            catch (UpgradeException) when (setting.Time.GetElapsedTime(start) < patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), setting.Time, CancellationToken.None);
            }
    }

    private async Task<StepOutcome> TornAsync(LaneSession session, UpgradeStep step)
    {
        var problem = RunProblem.EndedTransaction(step);
        await session.Journal.RecordTornAsync(session.Connection, step, setting.RunId, problem.Message, CancellationToken.None);
        return new StepOutcome(problem);
    }

    /// <summary>For people and for the status; that it cannot be written is no second failure.</summary>
    private async Task<StepOutcome> RecordFailureAsync(LaneSession session, UpgradeStep step, Problem problem, Exception cause)
    {
        try
        {
            if (session.IsOpen)
                await WriteAsync(session);
            else
            {
                await session.DisposeAsync();
                await using var other = await LaneSession.OpenAsync(
                    step.Target, setting.Connection, setting.Connection.LockTimeout, null, setting.Time, CancellationToken.None);
                await WriteAsync(other);
            }
        }
        catch (Exception e) when (e is NpgsqlException or UpgradeException or IOException or InvalidOperationException or TimeoutException)
        {
            var also = $"The failure could not be written to the journal: {SqlErrors.Describe(e)}";
            problem = problem with { Message = $"{problem.Message} {also}" };
        }
        return new StepOutcome(problem);

        Task WriteAsync(LaneSession open) =>
            open.Journal.RecordFailureAsync(open.Connection, step, setting.RunId, SqlErrors.Describe(cause), CancellationToken.None);
    }

    /// <returns>The step's problem; with the undo's own, where not all of the files could be put back.</returns>
    private static async Task<Problem> UndoAsync(UndoLog files, Problem problem)
    {
        try
        {
            await files.UndoAsync(CancellationToken.None);
            return problem;
        }
        catch (UpgradeException e) when (e.Problems.All(left => left.Severity == Severity.Warning))
        {
            return problem with { Message = $"{problem.Message} {e.Message}" };
        }
        catch (Exception e) when (e is UpgradeException or IOException or UnauthorizedAccessException)
        {
            return problem with { Message = $"{problem.Message} And its changes to files could not all be undone: {e.Message}" };
        }
    }

    /// <summary>The step is committed: that what was kept of its files cannot be deleted is told, and no failure.</summary>
    private async Task ForgetAsync(UndoLog files, UpgradeStep step)
    {
        try
        {
            await files.ForgetAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is UpgradeException or IOException or UnauthorizedAccessException)
        {
            events.TryWrite(new UpgradeEvent.StepLogged(step, Microsoft.Extensions.Logging.LogLevel.Warning, e.Message));
        }
    }
}
