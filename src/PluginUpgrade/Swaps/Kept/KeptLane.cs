using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>Runs a lane of one step, in one transaction on the session that holds the target's lock: all of it, or nothing.</summary>
internal abstract class KeptLane(RunContext context, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
{
    protected RunContext Context => context;

    protected ServerLimits Limits => limits;

    /// <summary>The beginning of a sentence about it, as in <c>The rollback</c>.</summary>
    protected abstract string What { get; }

    /// <summary>Does it, with its commit.</summary>
    protected abstract Task RunAsync(LaneSession session, UpgradeStep step, CancellationToken abort);

    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        var (target, step) = (lane.Target, lane.Steps.First());
        long? start = null;
        try
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
            using var slot = await limits.EnterAsync(target.Server, target.Database, waiting.Token);
            start = context.Time.GetTimestamp();
            events.TryWrite(new UpgradeEvent.StepStarted(step));
            await using var session = await LaneSession.OpenAsync(
                target, context.Connection, context.Connection.LockTimeout, slot, null, context.Time, waiting.Token);
            try
            {
                await RunAsync(session, step, abort);
            }
            catch
            {
                if (session.IsOpen) await session.RollBackAsync();
                throw;
            }
            events.TryWrite(new UpgradeEvent.StepSucceeded(step, context.Time.GetElapsedTime(start.Value)));
            return new LaneOutcome(target, 1, 0, 0);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || abort.IsCancellationRequested)
        {
            events.TryWrite(new UpgradeEvent.StepCancelled(step));
            return new LaneOutcome(target, 0, 0, 1, Stopped: true);
        }
        catch (Exception e)
        {
            // A lane always returns an outcome: an exception here would discard the other lanes' outcomes.
            var problem = ProblemOf(step, e);
            events.TryWrite(new UpgradeEvent.StepFailed(step, problem, start is { } at ? context.Time.GetElapsedTime(at) : default, e));
            return new LaneOutcome(target, 0, 0, 1, problem);
        }
    }

    private Problem ProblemOf(UpgradeStep step, Exception e) => e switch
    {
        UpgradeException expected => Problem.AsOne(expected.Problems) with { Subject = $"{step.Target}" },
        _ when SqlErrors.OfServer(e) is { SqlState: PostgresErrorCodes.OutOfMemory } full =>
            KeptProblem.TooManyLocks(step.Target, What, SqlErrors.Describe(full)),
        _ => step.Action.Failed(step, SqlErrors.Describe(e)) with { Details = FailureDetail.Of(e) },
    };

    /// <summary>Commits. If the answer is lost, it takes the lock again and looks whether it happened.</summary>
    protected Task CommitAsync(
        LaneSession session, Target target, Func<NpgsqlConnection, CancellationToken, Task<bool>> happened) => LostCommit.CommitAsync(
            session.Connection, () => session.DisposeAsync().AsTask(), async () =>
            {
                if (!session.IsOpen) await session.ReopenAsync(LostCommit.Patience, CancellationToken.None);
                return await happened(session.Connection, CancellationToken.None);
            }, lost => KeptProblem.Unknown(target, $"{char.ToLowerInvariant(What[0])}{What[1..]}", lost));
}
