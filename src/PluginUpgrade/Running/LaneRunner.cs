using System.Threading.Channels;
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
        using var begin = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        try
        {
            using var place = await gates.EnterAsync(lane.Target.Server, abort);
            await MissingPlace.MakeAsync(lane.Target, setting.Connection, begin.Token);
            session = await OpenAsync(lane, begin.Token);
            foreach (var step in lane.Steps)
            {
                if (stop.IsCancellationRequested) return Outcome(stopped: true);
                if (await CheckAsync(session, step, begin.Token) is { } changed) return Failed(changed);
                var outcome = await steps.RunAsync(session, step, abort);
                if (outcome.Failure is { } failure) return Outcome(failure);
                if (outcome.Cancelled) return Outcome(stopped: true);
                (done, skipped) = outcome.Skipped ? (done, skipped + 1) : (done + 1, skipped);
                session.LastDone = step;
            }
            return Outcome();
        }
        catch (OperationCanceledException) when (begin.IsCancellationRequested)
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

    /// <summary>Whether the step may be run; on a new connection where the old one was lost between two steps.</summary>
    private async Task<Problem?> CheckAsync(LaneSession session, UpgradeStep step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                if (!session.IsOpen) await session.ReopenAsync(setting.Connection.LockTimeout, cancellationToken);
                return await LaneCheck.FindAsync(session, step, setting.RunId, cancellationToken);
            }
            catch (Exception e) when (attempt < 3 && SqlErrors.IsLostConnection(e))
            {
                await session.DisposeAsync();
            }
    }

    /// <summary>A session, and the journal in it. Lost meanwhile, it is opened again: nothing was begun yet.</summary>
    private async Task<LaneSession> OpenAsync(Lane lane, CancellationToken cancellationToken)
    {
        var session = await LaneSession.OpenAsync(
            lane.Target, setting.Connection, setting.Connection.LockTimeout, null, setting.Time, cancellationToken);
        for (var attempt = 1; ; attempt++)
            try
            {
                SeededFault.Point("target locked");
                await session.Journal.CreateAsync(session.Connection, cancellationToken);
                SeededFault.Point("journal there");
                return session;
            }
            catch (Exception e) when (attempt < 3 && SqlErrors.IsLostConnection(e))
            {
                await session.ReopenAsync(setting.Connection.LockTimeout, cancellationToken);
            }
            catch
            {
                await session.DisposeAsync();
                throw;
            }
    }
}
