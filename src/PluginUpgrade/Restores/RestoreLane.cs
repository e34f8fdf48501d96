using System.Collections.Concurrent;
using System.Threading.Channels;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Running;

namespace PluginUpgrade.Restores;

/// <summary>Restores one target: all of it, or nothing.</summary>
internal sealed class RestoreLane(
    RestoreContext context, Func<Target, RestoreTask> taskOf, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
{
    /// <summary>By group: the lane that comes first restores the group for all.</summary>
    private readonly ConcurrentDictionary<Target, TaskCompletionSource> _together = [];

    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        var (target, step) = (lane.Target, lane.Steps.First());
        ConnectionSlot? slot = null;
        long? start = null;
        try
        {
            await TogetherAsync(taskOf(target), async () =>
            {
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
                slot = await limits.EnterAsync(target.Server, target.Database, waiting.Token);
                Begin();
                await RestoreAsync(taskOf(target), slot, bytes => events.TryWrite(new UpgradeEvent.StepProgressed(step, bytes, 0)), abort);
            }, Begin);
            events.TryWrite(new UpgradeEvent.StepSucceeded(step, context.Time.GetElapsedTime(start!.Value)));
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
            var problem = e is UpgradeException expected ? Problem.AsOne(expected.Problems) with { Subject = $"{target}" }
                : RestoreProblem.Failed(target, Describe(e)) with { Details = FailureDetail.Of(e) };
            events.TryWrite(new UpgradeEvent.StepFailed(step, problem, start is { } at ? context.Time.GetElapsedTime(at) : default, e));
            return new LaneOutcome(target, 0, 0, 1, problem);
        }
        finally
        {
            slot?.Dispose();
        }

        void Begin()
        {
            start = context.Time.GetTimestamp();
            events.TryWrite(new UpgradeEvent.StepStarted(step));
        }
    }

    /// <summary>The later lanes of a group take no room on the server, and end as the first one did.</summary>
    private async Task TogetherAsync(RestoreTask task, Func<Task> restore, Action wait)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (task.Together is [var first, ..] && _together.GetOrAdd(first.Target, mine) is var leader && leader != mine)
        {
            wait();
            await leader.Task;
            return;
        }
        try
        {
            await restore();
            mine.SetResult();
        }
        catch (Exception e)
        {
            mine.SetException(e);
            // Marks the exception as observed, since nobody may be waiting.
            _ = mine.Task.Exception;
            throw;
        }
    }

    private static string Describe(Exception e) => e is FormatException format ? format.Message : SqlErrors.Describe(e);

    private Task RestoreAsync(RestoreTask task, ConnectionSlot slot, Action<long> report, CancellationToken abort) => task.IsWholeDatabase
        ? new DatabaseReplacement(context, events).RestoreAsync(task, abort)
        : new SchemaReplacement(context.Connection, context.SearchPath, slot, context.Time).RestoreAsync(task, report, abort);
}
