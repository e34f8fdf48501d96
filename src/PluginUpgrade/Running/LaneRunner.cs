using System.Threading.Channels;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>Runs one target's steps on one connection, under its lock.</summary>
public sealed class LaneRunner(RunSetting setting, StepRunner steps, ServerGates gates, ChannelWriter<UpgradeEvent> events)
{
    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        var (done, skipped) = (0, 0);
        LaneSession? session = null;
        try
        {
            using var place = await gates.EnterAsync(lane.Target.Server, abort);
            await MissingPlace.MakeAsync(lane.Target, setting.Connection, abort);
            session = await OpenAsync(lane, abort);
            SeededFault.Point("target locked");
            await session.Journal.CreateAsync(session.Connection, abort);
            SeededFault.Point("journal there");
            var moved = await OvertakenByAsync(session, lane, abort);
            foreach (var step in lane.Steps)
            {
                if (stop.IsCancellationRequested) return Outcome(stopped: true);
                if (moved > step.Version && !step.Again && await IsPendingAsync(session, step, abort))
                    return Failed(RunProblem.Moved(step, moved.Value));
                var outcome = await steps.RunAsync(session, step, abort);
                if (outcome.Failure is { } failure) return Outcome(failure);
                if (outcome.Cancelled) return Outcome(stopped: true);
                (done, skipped) = outcome.Skipped ? (done, skipped + 1) : (done + 1, skipped);
                // The answer to its COMMIT was lost, and the step found committed: the lane goes on, on a new connection.
                if (!session.IsOpen) session = await OpenAsync(lane, abort);
            }
            return Outcome();
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            return Outcome(stopped: true);
        }
        catch (UpgradeException e)
        {
            return Failed(e.Problems[0]);
        }
        catch (Exception e)
        {
            // A lane answers with an outcome whatever happens: an exception here would take the other lanes' outcomes along.
            return Failed(RunProblem.LaneBroke(lane.Target, SqlErrors.Describe(e)));
        }
        finally
        {
            if (session is not null) await session.DisposeAsync();
        }

        LaneOutcome Outcome(Problem? failure = null, bool stopped = false) =>
            new(lane.Target, done, skipped, lane.Steps.Count - done - skipped, failure, stopped);

        LaneOutcome Failed(Problem problem)
        {
            events.TryWrite(new UpgradeEvent.LaneFailed(lane, problem));
            return Outcome(problem);
        }
    }

    private Task<LaneSession> OpenAsync(Lane lane, CancellationToken cancellationToken) =>
        LaneSession.OpenAsync(lane.Target, setting.Connection, setting.Connection.LockTimeout, null, setting.Time, cancellationToken);

    /// <summary>
    /// The plan was made before the lock was taken. Where another run has taken the target further since, its version; null where not.
    /// </summary>
    private async Task<UpgradeVersion?> OvertakenByAsync(LaneSession session, Lane lane, CancellationToken cancellationToken)
    {
        var journals = await JournalReader.ReadAsync(session.Connection, [lane.Target.Schema], cancellationToken);
        var component = lane.Steps[0].Component;
        var versions = (journals.GetValueOrDefault((lane.Target.Schema, lane.Target.Scope))?.Rows ?? [])
            .Where(row => row.Component == component && row.Stands && row.State is StepState.Done or StepState.Baseline)
            .Where(row => row.RunId != setting.RunId && row.Version > lane.Steps[0].Range.From)
            .Select(row => row.Version).ToList();
        return versions.Count > 0 ? versions.Max() : null;
    }

    private static async Task<bool> IsPendingAsync(LaneSession session, UpgradeStep step, CancellationToken cancellationToken) =>
        await session.Journal.ReadAsync(session.Connection, step, cancellationToken) is not { State: StepState.Done or StepState.Baseline };
}
