using System.Threading.Channels;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Reports the steps of one transaction: each begin at once, all ends together, when the outcome is known. A part of a side-by-side upgrade
/// ends by itself.
/// </summary>
internal sealed class StepReporter(IReadOnlyList<UpgradeStep> steps, TimeProvider time, ChannelWriter<UpgradeEvent> events)
{
    private readonly List<long> _begun = [];
    private int _succeeded;

    /// <summary>Reported once for each step: further attempts are reported as retries.</summary>
    public void Begin(int at)
    {
        if (at < _begun.Count) return;
        _begun.Add(time.GetTimestamp());
        events.TryWrite(new UpgradeEvent.StepStarted(steps[at]));
    }

    /// <summary>The step that began last has succeeded, whatever becomes of those after it.</summary>
    public void Succeed()
    {
        _succeeded = _begun.Count;
        events.TryWrite(new UpgradeEvent.StepSucceeded(steps[_succeeded - 1], time.GetElapsedTime(_begun[_succeeded - 1])));
    }

    public void End(StepOutcome outcome)
    {
        for (var i = _succeeded; i < _begun.Count; i++) events.TryWrite(End(outcome, i));
    }

    private UpgradeEvent End(StepOutcome outcome, int i)
    {
        var duration = time.GetElapsedTime(_begun[i], i + 1 < _begun.Count ? _begun[i + 1] : time.GetTimestamp());
        return outcome switch
        {
            { Failure: { } problem } when i == outcome.At =>
                new UpgradeEvent.StepFailed(steps[i], problem, duration, ToldException.Of(outcome.Cause)),
            { Cancelled: true } => new UpgradeEvent.StepCancelled(steps[i]),
            _ when outcome.Skipped || outcome.SkippedOnes.Contains(i) =>
                new UpgradeEvent.StepSkipped(steps[i], "the journal says that it is done: another run did it in the meantime"),
            { Failure: not null } when i > outcome.At || !outcome.KeptBefore =>
                new UpgradeEvent.StepRolledBack(steps[i], steps[outcome.At]),
            _ => new UpgradeEvent.StepSucceeded(steps[i], duration),
        };
    }
}
