using System.Collections.Concurrent;
using System.Threading.Channels;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Running;

/// <summary>Runs one lane to its end, or as far as it gets. Never throws.</summary>
/// <param name="stop">Begin no further step.</param>
/// <param name="abort">Cancel the step that runs.</param>
public delegate Task<LaneOutcome> RunLane(Lane lane, CancellationToken stop, CancellationToken abort);

/// <summary>
/// Carries out a plan: stage after stage, the lanes of a stage side by side. A stage with a failure holds back those after it. Knows
/// nothing of what lanes and steps are, and prints nothing.
/// </summary>
public sealed class Runner(RunLane runLane, int parallel, int? stopAfterFailures, ChannelWriter<UpgradeEvent> events, TimeProvider time)
{
    /// <param name="stop">Begin nothing new.</param>
    /// <param name="abort">Cancel what runs.</param>
    public async Task<RunOutcome> RunAsync(Guid runId, Plan plan, bool isDryRun, CancellationToken stop, CancellationToken abort)
    {
        var start = time.GetTimestamp();
        Tell(new UpgradeEvent.RunStarted(runId, plan, isDryRun, time.GetUtcNow()));
        List<LaneOutcome> outcomes = [];
        for (var i = 0; i < plan.Stages.Count; i++)
        {
            var stage = plan.Stages[i];
            if (stop.IsCancellationRequested || outcomes.Any(outcome => !outcome.Completed) && !SeededFault.Is("hold nothing back"))
            {
                Tell(new UpgradeEvent.StageHeldBack(stage));
                outcomes.AddRange(stage.Lanes.Select(lane => new LaneOutcome(lane.Target, 0, 0, lane.Steps.Count)));
                continue;
            }
            Tell(new UpgradeEvent.StageStarted(stage, i + 1, plan.Stages.Count));
            outcomes.AddRange(await RunStageAsync(stage, stop, abort));
        }
        var outcome = new RunOutcome(
            runId, outcomes.Sum(o => o.Done), outcomes.Sum(o => o.Skipped), outcomes.Sum(o => o.Left),
            [.. outcomes.Where(o => o.Failure is not null)], stop.IsCancellationRequested && outcomes.Any(o => o.Left > 0),
            time.GetElapsedTime(start));
        Tell(new UpgradeEvent.RunFinished(outcome));
        return outcome;
    }

    private async Task<IEnumerable<LaneOutcome>> RunStageAsync(Stage stage, CancellationToken stop, CancellationToken abort)
    {
        var outcomes = new ConcurrentQueue<LaneOutcome>();
        var failures = 0;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // No cancellation token for the loop itself: it would leave lanes without an outcome.
        await Parallel.ForEachAsync(stage.Lanes, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (lane, _) =>
        {
            if (enough.IsCancellationRequested)
            {
                outcomes.Enqueue(new LaneOutcome(lane.Target, 0, 0, lane.Steps.Count, Stopped: true));
                return;
            }
            Tell(new UpgradeEvent.LaneStarted(lane));
            var outcome = await runLane(lane, enough.Token, abort);
            outcomes.Enqueue(outcome);
            Tell(new UpgradeEvent.LaneFinished(lane, outcome));
            if (outcome.Failure is not null && Interlocked.Increment(ref failures) >= stopAfterFailures)
                await enough.CancelAsync();
        });
        return outcomes;
    }

    private void Tell(UpgradeEvent happened) => events.TryWrite(happened);
}
