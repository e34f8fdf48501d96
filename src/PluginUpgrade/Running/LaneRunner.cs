using System.Threading.Channels;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>Runs steps that belong together on a lane's session.</summary>
public delegate Task<StepOutcome> StepsTogether(LaneSession session, IReadOnlyList<UpgradeStep> steps, CancellationToken abort);

/// <summary>Runs one target's steps on one connection, under its lock.</summary>
/// <param name="sideBySide">Runs the parts of a side-by-side upgrade.</param>
public sealed class LaneRunner(
    RunContext context, StepsTogether transactions, StepsTogether sideBySide, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
{
    /// <summary>Attempts, if the connection is lost before a step has begun.</summary>
    private const int Tries = 3;

    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        var (done, skipped) = (0, 0);
        LaneSession? session = null;
        ConnectionSlot? slot = null;
        using var begin = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        try
        {
            slot = await limits.EnterAsync(lane.Target.Server, lane.Target.Database, abort);
            await MissingSchema.MakeAsync(lane.Target, context.Connection, begin.Token);
            session = await OpenAsync(lane, slot, begin.Token);
            foreach (var steps in Together(lane))
            {
                if (stop.IsCancellationRequested) return Outcome(stopped: true);
                if (await context.FindLossAsync(begin.Token) is { } loss) return Failed(loss);
                foreach (var step in steps)
                    if (await CheckAsync(session, step, begin.Token) is { } changed) return Failed(changed);
                var isBeside = steps[0].Action is SideBySideAction;
                // Other modules may do what a second session in the database would block.
                if (!isBeside) await session.Reader.CloseAsync();
                var outcome = await (isBeside ? sideBySide : transactions)(session, steps, abort);
                if (outcome.KeptBefore) done += outcome.At;
                if (outcome.Failure is { } failure) return Outcome(failure);
                if (outcome.Cancelled) return Outcome(stopped: true);
                var passed = outcome.Skipped ? steps.Count : outcome.SkippedOnes.Count;
                (done, skipped) = (done + steps.Count - passed, skipped + passed);
                session.LastDone = steps[^1];
            }
            return Outcome();
        }
        catch (OperationCanceledException) when (begin.IsCancellationRequested)
        {
            return Outcome(stopped: true);
        }
        catch (UpgradeException e)
        {
            return Failed(Problem.AsOne(e.Problems));
        }
        catch (Exception e)
        {
            // A lane always returns an outcome: an exception would lose the outcomes of the other lanes.
            return Failed(RunProblem.LaneBroke(lane.Target, e));
        }
        finally
        {
            if (session is not null) await session.DisposeAsync();
            slot?.Dispose();
        }

        LaneOutcome Outcome(Problem? failure = null, bool stopped = false) =>
            new(lane.Target, done, skipped, lane.Count - done - skipped, failure, stopped);

        LaneOutcome Failed(Problem problem)
        {
            events.TryWrite(new UpgradeEvent.LaneFailed(lane, problem));
            return Outcome(problem);
        }
    }

    /// <summary>
    /// Groups steps that are run together: each alone; in an atomic lane, consecutive transactional steps; the parts of one side-by-side
    /// upgrade.
    /// </summary>
    private static IEnumerable<IReadOnlyList<UpgradeStep>> Together(Lane lane)
    {
        List<UpgradeStep> together = [];
        foreach (var step in lane.Steps)
        {
            if (together.Count > 0 && !Join(lane, together[^1].Action, step.Action))
            {
                yield return together;
                together = [];
            }
            together.Add(step);
        }
        if (together.Count > 0) yield return together;
    }

    private static bool Join(Lane lane, StepAction before, StepAction action) => (before, action) switch
    {
        (SideBySideAction one, SideBySideAction other) => one.Module == other.Module,
        (_, ApplySchema { AddsValues: true }) => false,
        _ => lane.IsAtomic && before.IsTransactional && action.IsTransactional,
    };

    /// <summary>Checks whether the step may be run. Reconnects first if the connection was lost between two steps.</summary>
    private Task<Problem?> CheckAsync(LaneSession session, UpgradeStep step, CancellationToken cancellationToken) =>
        Retry.RunAsync(Tries, async () =>
        {
            if (!session.IsOpen) await session.ReopenAsync(context.Connection.LockTimeout, cancellationToken);
            return await LaneCheck.FindAsync(session, step, context.RunId, cancellationToken);
        }, SqlErrors.IsLostConnection, async (_, _) => await session.DisposeAsync());

    /// <summary>Opens the session, and creates the journal if it is missing. Reconnects after a loss: nothing has begun yet.</summary>
    private async Task<LaneSession> OpenAsync(Lane lane, ConnectionSlot slot, CancellationToken cancellationToken)
    {
        var session = await LaneSession.OpenAsync(
            lane.Target, context.Connection, context.Connection.LockTimeout, slot, null, context.Time, cancellationToken);
        try
        {
            return await Retry.RunAsync(Tries, async () =>
            {
                SeededFault.Point("target locked");
                if (!session.HasJournal) await session.Journal.CreateAsync(session.Connection, lane.Target, cancellationToken);
                SeededFault.Point("journal there");
                return session;
            }, SqlErrors.IsLostConnection, (_, _) => session.ReopenAsync(context.Connection.LockTimeout, cancellationToken));
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }
}
