using System.Threading.Channels;
using PluginUpgrade.Files;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Lays program files over without a database: a lane of one step whose undo log is ended by the laying itself, and not by a journal. A
/// host that was killed in it has not ended it, so the next one undoes it, and needs to ask nobody.
/// </summary>
internal sealed class FilesRun(RunContext setting, ChannelWriter<UpgradeEvent> events)
{
    /// <summary>In the place of a module's name, in the undo log: no journal knows of it.</summary>
    private const string Mark = "--files-only";

    /// <summary>To be called before; where a step of a journal was killed too, that journal is asked.</summary>
    /// <exception cref="UpgradeException">
    /// Another host is at work on the files, something cannot be undone, or the journal cannot be reached.
    /// </exception>
    public static async Task RecoverAsync(RunContext setting, Target installation, CancellationToken cancellationToken)
    {
        if (!UndoLog.MayExist(setting.Root)) return;
        using (await LockAsync(setting, cancellationToken))
        {
            var left = UndoLog.Find(setting.Root);
            if (left.All(log => log.Owner.Module == Mark))
            {
                foreach (var log in left.Reverse()) await log.UndoAsync(cancellationToken);
                return;
            }
        }
        await FileRecovery.RunAsync(setting, installation, cancellationToken);
    }

    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        var step = lane.Steps.Single();
        var start = setting.Time.GetTimestamp();
        var files = UndoLog.Create(setting.Root, new UndoOwner(setting.RunId, step.Component, step.Version.Key, Mark),
            async () => await LockAsync(setting, abort));
        events.TryWrite(new UpgradeEvent.StepStarted(step));
        try
        {
            await new PayloadStep(setting, events).InstallAsync(step, ((InstallFiles)step.Action).Payload, files, abort);
        }
        catch (Exception e)
        {
            var undone = await FileUndo.UndoAsync(files, step.Action.Failed(step, SqlErrors.Describe(e)));
            if (abort.IsCancellationRequested)
            {
                events.TryWrite(new UpgradeEvent.StepCancelled(step));
                return new LaneOutcome(lane.Target, 0, 0, 1, Stopped: true);
            }
            events.TryWrite(new UpgradeEvent.StepFailed(step, undone, setting.Time.GetElapsedTime(start), e));
            return new LaneOutcome(lane.Target, 0, 0, 1, undone);
        }
        await FileUndo.ForgetAsync(files, step, events);
        SeededFault.Point("files laid alone");
        events.TryWrite(new UpgradeEvent.StepSucceeded(step, setting.Time.GetElapsedTime(start)));
        return new LaneOutcome(lane.Target, 1, 0, 0);
    }

    private static async Task<IDisposable> LockAsync(RunContext setting, CancellationToken cancellationToken) =>
        await FilesLock.TakeAsync(setting.Root, setting.Connection.LockTimeout, setting.Time, cancellationToken);
}
