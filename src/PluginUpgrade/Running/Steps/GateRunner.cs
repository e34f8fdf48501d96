using System.Collections.Concurrent;
using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Programs;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Checks after a wave whether the next one may begin: with a query in each of its instances, or with one command. Passes other lanes on,
/// and remembers which did not complete: the gate is skipped for them.
/// </summary>
public sealed class GateRunner(
    RunContext context, ModuleCall module, ServerLimits servers, ChannelWriter<UpgradeEvent> events, RunLane runLane)
{
    private readonly ConcurrentDictionary<Target, bool> _unfinished = new(ReferenceEqualityComparer.Instance);

    public async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stop, CancellationToken abort)
    {
        if (lane.Actions is not [CheckGate { Gate: var gate }])
        {
            var outcome = await runLane(lane, stop, abort);
            if (!outcome.Completed) _unfinished[lane.Target] = true;
            return outcome;
        }
        var step = lane.Steps.First();
        if (_unfinished.ContainsKey(lane.Target))
        {
            events.TryWrite(new UpgradeEvent.StepSkipped(step, "the instance is not finished"));
            return new LaneOutcome(lane.Target, 0, 1, 0);
        }
        var start = context.Time.GetTimestamp();
        events.TryWrite(new UpgradeEvent.StepStarted(step));
        try
        {
            var fault = await context.FindLossAsync(abort) is { } loss ? new Fault(loss.Message)
                : await LookAsync(lane.Target, gate, abort);
            var duration = context.Time.GetElapsedTime(start);
            if (fault is null)
            {
                events.TryWrite(new UpgradeEvent.StepSucceeded(step, duration));
                return new LaneOutcome(lane.Target, 1, 0, 0);
            }
            var problem = RunProblem.GateClosed(step, fault.Said, fault.Details);
            events.TryWrite(new UpgradeEvent.StepFailed(step, problem, duration));
            return new LaneOutcome(lane.Target, 0, 0, 1, problem);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            events.TryWrite(new UpgradeEvent.StepCancelled(step));
            return new LaneOutcome(lane.Target, 0, 0, 1, Stopped: true);
        }
    }

    private Task<Fault?> LookAsync(Target target, WaveGate gate, CancellationToken abort) =>
        gate.Query is { } query ? AskAsync(target, query, abort) : RunAsync(gate, abort);

    /// <returns>Why the gate is closed; null if the query returned true.</returns>
    private async Task<Fault?> AskAsync(Target target, string query, CancellationToken abort)
    {
        try
        {
            using var slot = await servers.EnterAsync(target.Server, target.Database, abort);
            await using var connection = await slot.OpenAsync(target.Database, context.Connection, abort);
            // In a read-only transaction: a gate must change nothing.
            await using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new("BEGIN READ ONLY"), new(module.SearchPathSql(target)), Statements.Command(query), new("ROLLBACK"),
                },
            };
            await using var reader = await batch.ExecuteReaderAsync(abort);
            return await Answer.ReadAsync(reader, abort) switch
            {
                true => null,
                false => new("The query returned false."),
                null or DBNull => new("The query returned nothing."),
                var other => new($"The query returned {other}, which is neither true nor false."),
            };
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return new($"The query failed: {SqlErrors.Describe(e)}", FailureDetail.Of(e));
        }
    }

    private async Task<Fault?> RunAsync(WaveGate gate, CancellationToken abort)
    {
        // A command may take hours: close idle connections meanwhile.
        context.Connection.Servers.MakeRoom();
        try
        {
            var result = await OperatorCommand.Of(gate.Command!, gate.Limit, context.RunId, context.Root).RunAsync(abort);
            return result.ExitCode == 0 ? null : new(OperatorCommand.Fault(result.ExitCode, result.Said));
        }
        catch (UpgradeException e)
        {
            return new(e.Problems[0].Message);
        }
    }

    /// <param name="Details">As in <see cref="Problem"/>.</param>
    private sealed record Fault(string Said, string Details = "");
}
