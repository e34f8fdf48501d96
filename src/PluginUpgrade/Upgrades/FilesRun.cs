using System.Threading.Channels;
using PluginUpgrade.Files;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Installs program files without a database: a lane of one step, whose undo log ends with the step and not with a journal's row. A process
/// that was killed in it has not ended the log, so the next process undoes it and needs no journal.
/// </summary>
public sealed class FilesRun(InstallationState state, RunIdentity run)
{
    private readonly RunContext _context = state.ForRun(run);

    /// <summary>Stands for the module's name in the undo log: no journal knows this step.</summary>
    private const string Mark = "files";

    /// <summary>Call this before the run. If a step of a journal was killed too, that journal is read.</summary>
    /// <exception cref="UpgradeException">
    /// Another process works on the files, something cannot be undone, or the journal cannot be reached.
    /// </exception>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        if (!UndoLog.MayExist(_context.Root)) return;
        using (await LockAsync(cancellationToken))
        {
            var left = UndoLog.Find(_context.Root);
            if (left.All(log => log.Owner.Module == Mark))
            {
                foreach (var log in left.Reverse()) await log.UndoAsync(cancellationToken);
                return;
            }
        }
        await FileRecovery.RunAsync(_context, state.Installation.Target, cancellationToken);
    }

    public Task<RunOutcome> RunAsync(
        Plan plan, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort) =>
        new Runner((lane, _, abortLane) => InstallAsync(lane, events, abortLane), 1, null, events, run.Time)
            .RunAsync(run.Id, plan, isDryRun: false, stop, abort);

    private async Task<LaneOutcome> InstallAsync(Lane lane, ChannelWriter<UpgradeEvent> events, CancellationToken abort)
    {
        var step = lane.Steps.Single();
        var start = _context.Time.GetTimestamp();
        var files = UndoLog.Create(_context.Root, new UndoOwner(_context.RunId, step.Component, step.Version.Key, Mark),
            async () => await LockAsync(abort));
        events.TryWrite(new UpgradeEvent.StepStarted(step));
        try
        {
            await new PayloadStep(_context, events).InstallAsync(step, ((InstallFiles)step.Action).Payload, files, abort);
        }
        catch (Exception e)
        {
            var undone = await FileUndo.UndoAsync(files, step.Action.Failed(step, SqlErrors.Describe(e)));
            if (abort.IsCancellationRequested)
            {
                events.TryWrite(new UpgradeEvent.StepCancelled(step));
                return new LaneOutcome(lane.Target, 0, 0, 1, Stopped: true);
            }
            events.TryWrite(new UpgradeEvent.StepFailed(step, undone, _context.Time.GetElapsedTime(start), e));
            return new LaneOutcome(lane.Target, 0, 0, 1, undone);
        }
        await FileUndo.ForgetAsync(files, step, events);
        SeededFault.Point("files laid alone");
        events.TryWrite(new UpgradeEvent.StepSucceeded(step, _context.Time.GetElapsedTime(start)));
        return new LaneOutcome(lane.Target, 1, 0, 0);
    }

    private async Task<IDisposable> LockAsync(CancellationToken cancellationToken) =>
        await FilesLock.TakeAsync(_context.Root, _context.Connection.LockTimeout, _context.Time, cancellationToken);
}
