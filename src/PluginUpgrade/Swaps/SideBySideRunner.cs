using System.Threading.Channels;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.WholeDatabases;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Runs the parts of one side-by-side upgrade: drain, build, verify, swap. Whatever fails before the commit of the swap leaves the live
/// schema as it was.
/// </summary>
public sealed class SideBySideRunner(RunContext context, ModuleCall calls, ServerLimits limits, ChannelWriter<UpgradeEvent> events)
{
    private readonly StepRecords _records = new(context);

    public async Task<StepOutcome> RunAsync(LaneSession session, IReadOnlyList<UpgradeStep> steps, CancellationToken abort)
    {
        var reporter = new StepReporter(steps, context.Time, events);
        BesideUpgrade run = steps[^1].Target.OwnDatabase
            ? new DatabaseUpgrade(session, steps, context, calls, limits, events)
            : new SchemaUpgrade(session, steps, context, calls, limits, events);
        StepOutcome outcome;
        try
        {
            await run.RunAsync(reporter, abort);
            outcome = new StepOutcome();
        }
        catch (Exception) when (abort.IsCancellationRequested && !run.IsCommitting)
        {
            await session.RollBackAsync();
            outcome = new StepOutcome(Cancelled: true);
        }
        catch (Exception e)
        {
            outcome = await FailAsync(session, run, steps[run.At], e);
        }
        finally
        {
            await run.DisposeAsync();
        }
        if (outcome is { Failure: not null } or { Cancelled: true }) outcome = outcome with { At = run.At, KeptBefore = true };
        reporter.End(outcome);
        return outcome;
    }

    /// <summary>Keeps what was built: where it is, for a repeatable module; else under another name, for study.</summary>
    private async Task<StepOutcome> FailAsync(LaneSession session, BesideUpgrade run, UpgradeStep step, Exception e)
    {
        await session.RollBackAsync();
        var error = e is UpgradeException told ? Problem.AsOne(told.Problems).Message : StepFault.Describe(step, e);
        // Where it is unknown which side is live, nothing is renamed.
        var (built, purge) = e is UpgradeException { Problems: [{ Code: SwapProblem.UnknownCode }, ..] } ? ("", null)
            : await run.KeepAsync(error);
        var problem = With(built, purge, e is UpgradeException known ? Problem.AsOne(known.Problems)
            : RunProblem.OfModule(step, e) ?? step.Action.Failed(step, error));
        if (problem.Details.Length == 0) problem = problem with { Details = FailureDetail.Of(e) };
        var outcome = new StepOutcome(problem, Cause: e is UpgradeException ? null : e);
        return await ReopenAsync(session) ? await _records.FailedAsync(session, run.Swap, outcome, problem.Message) : outcome;
    }

    /// <summary>Adds what became of the build, and the command without which the next try is refused.</summary>
    private static Problem With(string built, string? purge, Problem problem) => problem with
    {
        Message = built.Length == 0 ? problem.Message : $"{problem.Message} {built}",
        Remedy = purge is null || problem.Remedy.Contains(purge, StringComparison.Ordinal) ? problem.Remedy
            : $"{problem.Remedy} Before that, remove what is kept: {purge}",
    };

    private async Task<bool> ReopenAsync(LaneSession session)
    {
        try
        {
            if (!session.IsOpen) await session.ReopenAsync(context.Connection.LockTimeout, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is UpgradeException || ConnectionProblem.IsOne(e))
        {
            return false;
        }
    }
}
