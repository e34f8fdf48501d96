using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Files;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>
/// Runs a lane's real code in one transaction that is rolled back, and reports the statements that it sent. Changes to files are made and
/// undone. The journal is not written. The target's lock is taken, because the transaction locks what an upgrade would lock.
/// </summary>
public sealed class DryLaneRunner(RunContext context, StepExecutors executors, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
{
    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        LaneOutcome? outcome = null;
        try
        {
            // One undo log for the whole lane: a later step may need the file changes of an earlier one.
            var files = UndoLog.Create(context.Root, new UndoOwner(context.RunId, "", "", "--dry-run"), async () =>
                await FilesLock.TakeAsync(context.Root, context.Connection.LockTimeout, context.Time, abort));
            outcome = await RunAsync(lane, files, stop, abort);
            if (outcome.Failure is { } failure) return outcome with { Failure = await FileUndo.UndoAsync(files, failure) };
            await files.UndoAsync(CancellationToken.None);
            return outcome;
        }
        catch (UpgradeException e) when (outcome is not null && !e.Problems.HaveErrors())
        {
            events.TryWrite(new UpgradeEvent.StepLogged(lane.Steps.Last(), LogLevel.Warning, e.Message));
            return outcome;
        }
        catch (Exception e)
        {
            // A lane always returns an outcome: an exception would lose the outcomes of the other lanes.
            return Failed(lane, outcome ?? new LaneOutcome(lane.Target, 0, 0, lane.Count), e);
        }
    }

    private LaneOutcome Failed(Lane lane, LaneOutcome outcome, Exception e)
    {
        var problem = e is UpgradeException expected ? Problem.AsOne(expected.Problems) : RunProblem.LaneBroke(lane.Target, e);
        events.TryWrite(new UpgradeEvent.LaneFailed(lane, problem));
        return outcome with { Failure = problem, Stopped = false };
    }

    private async Task<LaneOutcome> RunAsync(Lane lane, UndoLog files, CancellationToken stop, CancellationToken abort)
    {
        var done = 0;
        UpgradeStep? current = null;
        using var statements = new StatementLog(sql =>
        {
            if (current is not null) events.TryWrite(new UpgradeEvent.StatementSent(current, sql));
        });
        try
        {
            using var slot = await limits.EnterAsync(lane.Target.Server, lane.Target.Database, abort);
            await using var session = await LaneSession.OpenAsync(
                lane.Target, context.Connection, context.Connection.LockTimeout, null, statements, context.Time, abort);
            await session.ResetAsync(abort);
            await session.ExecuteAsync("BEGIN", abort);
            var transaction = await TransactionAsync(session, abort);
            if (lane.Target.ToBeMade)
                await session.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {PostgresName.Quote(lane.Target.Schema)}", abort);
            long? newestType = null;
            foreach (var step in lane.Steps)
            {
                if (stop.IsCancellationRequested) return Outcome(stopped: true);
                newestType = await PrepareAsync(session, step, newestType, abort);
                if (await TryAsync(session, step, files, transaction, s => current = s, abort) is { } problem) return Outcome(problem);
                done++;
            }
            await session.RollBackAsync();
            return Outcome();
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            return Outcome(stopped: true);
        }
        catch (Exception e)
        {
            return Failed(lane, Outcome(), e);
        }

        LaneOutcome Outcome(Problem? failure = null, bool stopped = false) =>
            new(lane.Target, done, 0, lane.Count - done, failure, stopped);
    }

    /// <summary>As in an upgrade, resets the session before each step, and loads the types that earlier steps created.</summary>
    private async Task<long> PrepareAsync(LaneSession session, UpgradeStep step, long? newestType, CancellationToken abort)
    {
        if (session.IsUsed) await session.ResetAsync(abort);
        var look = await session.HoldAsync(newestType, abort);
        if (!look.Held) throw new UpgradeException(RunProblem.LostLock(step));
        session.Made(look.Made, committed: false);
        await session.LearnTypesAsync(inTransaction: true, abort);
        await session.ExecuteAsync(executors.SearchPathSql(step.Target), abort);
        return look.NewestType;
    }

    private async Task<Problem?> TryAsync(
        LaneSession session, UpgradeStep step, UndoLog files, string transaction, Action<UpgradeStep?> current, CancellationToken abort)
    {
        var start = context.Time.GetTimestamp();
        events.TryWrite(new UpgradeEvent.StepStarted(step));
        try
        {
            if (!step.Action.IsTransactional && step.Action is not ApplySchema) throw new UpgradeException(RunProblem.NotInADryRun(step));
            // Only statements of modules are reported; other steps send krang-upgrade's own.
            if (step.Action is RunModule or ApplySchema) current(step);
            await executors.PreviewAsync(session, step, files, abort);
            current(null);
            // In an aborted transaction this query fails: so an error that the module swallowed is found here.
            if (await TransactionAsync(session, abort) != transaction) throw new UpgradeException(RunProblem.EndedDryRun(step));
            events.TryWrite(new UpgradeEvent.StepSucceeded(step, context.Time.GetElapsedTime(start)));
            return null;
        }
        catch (Exception) when (abort.IsCancellationRequested)
        {
            events.TryWrite(new UpgradeEvent.StepCancelled(step));
            throw;
        }
        catch (Exception e)
        {
            current(null);
            var problem = RunProblem.OfModule(step, e) ?? (await EndedAsync(session, transaction) ? RunProblem.EndedDryRun(step)
                : e is UpgradeException refused ? Problem.AsOne(refused.Problems)
                : e is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.InFailedSqlTransaction }
                ? RunProblem.SwallowedError(step) : step.Action.Failed(step, StepFault.Describe(step, e)));
            if (problem.Details.Length == 0) problem = problem with { Details = FailureDetail.Of(e) };
            events.TryWrite(new UpgradeEvent.StepFailed(step, problem, context.Time.GetElapsedTime(start), ToldException.Of(e)));
            return problem;
        }
    }

    /// <summary>Whether the module ended the transaction. False if it is aborted (so not ended), or if the connection is lost.</summary>
    private static async Task<bool> EndedAsync(LaneSession session, string transaction)
    {
        try
        {
            return session.IsOpen && await TransactionAsync(session, CancellationToken.None) != transaction;
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task<string> TransactionAsync(LaneSession session, CancellationToken abort)
    {
        await using var query = new Npgsql.NpgsqlCommand("SELECT pg_catalog.pg_current_xact_id()::text", session.Connection);
        return (string)(await query.ExecuteScalarAsync(abort))!;
    }
}
