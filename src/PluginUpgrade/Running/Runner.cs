using System.Collections.Concurrent;
using System.Threading.Channels;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Running;

/// <summary>Runs one lane to its end, or as far as it gets. Never throws.</summary>
/// <param name="stop">Begin no further step.</param>
/// <param name="abort">Cancel the running step.</param>
public delegate Task<LaneOutcome> RunLane(Lane lane, CancellationToken stop, CancellationToken abort);

/// <summary>
/// Carries out a plan: stage after stage, with the lanes of a stage in parallel. A failure in a stage holds back the stages that depend on
/// it. The runner does not know what the steps do, and prints nothing.
/// </summary>
public sealed class Runner(RunLane runLane, int parallel, int? stopAfterFailures, ChannelWriter<UpgradeEvent> events, TimeProvider time)
{
    /// <param name="stop">Begin no further step.</param>
    /// <param name="abort">Cancel running steps.</param>
    public async Task<RunOutcome> RunAsync(Guid runId, Plan plan, bool isDryRun, CancellationToken stop, CancellationToken abort)
    {
        var start = time.GetTimestamp();
        Report(new UpgradeEvent.RunStarted(runId, plan, isDryRun, time.GetUtcNow()));
        List<LaneOutcome> outcomes = [];
        Dictionary<string, ComponentRun> components = [];
        for (var i = 0; i < plan.Stages.Count; i++)
        {
            var stage = plan.Stages[i];
            var own = components.GetValueOrDefault(stage.Component);
            var failures = components.Values.Sum(component => component.Failures);
            var isHeldBack = stop.IsCancellationRequested || failures >= stopAfterFailures || IsHeldBack(stage, components);
            SeededFault.Change("stage is held back", ref isHeldBack);
            if (isHeldBack)
            {
                components[stage.Component] = own with { IsBroken = true };
                Report(new UpgradeEvent.StageHeldBack(stage));
                outcomes.AddRange(stage.Lanes.Select(lane => new LaneOutcome(lane.Target, 0, 0, lane.Count)));
                continue;
            }
            Report(new UpgradeEvent.StageStarted(stage, i + 1, plan.Stages.Count));
            var ended = await RunStageAsync(stage, failures, stop, abort);
            components[stage.Component] = new ComponentRun(
                own.Failures + ended.Count(outcome => outcome.Failure is not null),
                own.IsBroken || !stage.MayFail && ended.Any(outcome => !outcome.Completed));
            outcomes.AddRange(ended);
        }
        var outcome = new RunOutcome(
            runId, outcomes.Sum(o => o.Done), outcomes.Sum(o => o.Skipped), outcomes.Sum(o => o.Left),
            [.. outcomes.Where(o => o.Failure is not null)], stop.IsCancellationRequested && outcomes.Any(o => o.Left > 0),
            time.GetElapsedTime(start));
        Report(new UpgradeEvent.RunFinished(outcome));
        return outcome;
    }

    /// <summary>How a component's stages have ended so far.</summary>
    private readonly record struct ComponentRun(int Failures, bool IsBroken);

    private bool IsHeldBack(Stage stage, Dictionary<string, ComponentRun> components)
    {
        var needed = stage.DependsOn.Select(component => components.GetValueOrDefault(component)).ToList();
        var failures = needed.Sum(component => component.Failures);
        return needed.Any(component => component.IsBroken) || failures >= (stopAfterFailures ?? 1)
            || failures > 0 && !stage.FollowsFailures;
    }

    /// <param name="failures">How many lanes of earlier stages have failed.</param>
    private async Task<IReadOnlyCollection<LaneOutcome>> RunStageAsync(
        Stage stage, int failures, CancellationToken stop, CancellationToken abort)
    {
        var outcomes = new ConcurrentQueue<LaneOutcome>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // The loop itself has no cancellation token: cancelling it would leave lanes without an outcome.
        await Parallel.ForEachAsync(stage.Lanes, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (lane, _) =>
        {
            if (enough.IsCancellationRequested)
            {
                Report(new UpgradeEvent.LaneHeldBack(lane));
                outcomes.Enqueue(new LaneOutcome(lane.Target, 0, 0, lane.Count, Stopped: true));
                return;
            }
            Report(new UpgradeEvent.LaneStarted(lane));
            var outcome = await runLane(lane, enough.Token, abort);
            outcomes.Enqueue(outcome);
            Report(new UpgradeEvent.LaneFinished(lane, outcome));
            if (outcome.Failure is not null && Interlocked.Increment(ref failures) >= stopAfterFailures)
                await enough.CancelAsync();
        });
        return outcomes;
    }

    private void Report(UpgradeEvent happened) => events.TryWrite(happened);
}
