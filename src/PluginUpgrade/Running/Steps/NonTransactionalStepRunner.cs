using System.Threading.Channels;
using PluginUpgrade.Files;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Runs a step that cannot be one transaction: commits a running row, calls the module, verifies the result, commits the done row. If it is
/// interrupted anywhere, the next attempt first verifies what is applied, or repeats the work if the module is repeatable.
/// </summary>
public sealed class NonTransactionalStepRunner(RunContext context, ModuleCall module, ChannelWriter<UpgradeEvent> events)
{
    internal async Task<(StepOutcome Outcome, Exception? Cause)> TryAsync(
        LaneSession session, UpgradeStep step, StepWatch watch, CancellationToken abort)
    {
        var run = (RunModule)step.Action;
        var files = UndoLog.Create(
            context.Root, new UndoOwner(context.RunId, step.Component, step.Version.Key, run.Module.Name),
            new FilesGuard(context, step).WhileRunningAsync);
        try
        {
            var newestType = await PrepareAsync(session, step, null, abort);
            var before = await session.Journal.ReadAsync(session.Connection, step, abort);
            if (!await session.Journal.OpenAsync(session.Connection, step, context.RunId, abort))
                return (await session.Journal.ReadAsync(session.Connection, step, abort) is { State: StepState.Done or StepState.Baseline }
                    ? new StepOutcome(Skipped: true) : new StepOutcome(RunProblem.NotClaimed(step)), null);

            SeededFault.Point("intent written");
            await session.LearnTypesAsync(inTransaction: false, abort);
            // Only an earlier attempt can have left anything; a first attempt needs no verification.
            var effect = before is null || run.Again
                ? StepEffect.NotApplied : await module.VerifyAsync(session, step, run.Module, files, abort);
            SeededFault.Change("what an earlier try has left", ref effect);
            if (effect is StepEffect.Partial or StepEffect.Unknown && !run.Module.Repeatable)
                return (new StepOutcome(RunProblem.EffectUnknown(step, effect)), null);
            if (effect != StepEffect.Applied)
                await RunAsync(session, step, run.Module, newestType, files, watch.Cancelled);
            SeededFault.Point("outside step verified");
            if (!await session.Journal.CloseAsync(session.Connection, step, context.RunId, CancellationToken.None))
                return (new StepOutcome(await IsStillOursAsync(session, step)
                    ? RunProblem.NotSealed(step, RunProblem.NoRowDone) : RunProblem.TakenOver(step)), null);
            SeededFault.Point("outside step recorded");
        }
        catch (Exception e)
        {
            await session.RollBackAsync();
            var problem = RunProblem.OfModule(step, e) ?? watch.WithRemedy(RunProblem.FailedOutside(step, watch.Describe(step, e)), e);
            var undone = await FileUndo.UndoAsync(files, problem);
            return abort.IsCancellationRequested ? (new StepOutcome(Cancelled: true), null) : (new StepOutcome(undone), e);
        }
        await FileUndo.ForgetAsync(files, step, events);
        return (new StepOutcome(), null);
    }

    private async Task<bool> IsStillOursAsync(LaneSession session, UpgradeStep step) =>
        await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None) is { } row && row.Run == context.RunId;

    private async Task RunAsync(
        LaneSession session, UpgradeStep step, UpgradeModule own, long newestType, UndoLog files, CancellationToken abort)
    {
        // The module may copy or rename a database, which our idle sessions would block.
        context.Connection.Servers.MakeRoom();
        await module.RunAsync(session, step, own, files, abort, Batches.On(session, step, context, module.SearchPathSql(step.Target)));
        SeededFault.Point("outside step done");
        if (await Sql.IsInTransactionAsync(session.Connection, abort))
            throw new InvalidOperationException("The module left a transaction open; that transaction was rolled back.");
        await PrepareAsync(session, step, newestType, abort);
        if (!own.Verifies(step.Target.Scope)) return;
        if (await module.VerifyAsync(session, step, own, files, abort) is not StepEffect.Applied and var effect)
            throw new InvalidOperationException($"The module finished without an error, but its verification says: {effect}.");
    }

    /// <summary>
    /// Resets the session, without a lock timeout: it would cancel CREATE INDEX CONCURRENTLY, which waits for other transactions without
    /// blocking anyone, and leave an invalid index.
    /// </summary>
    /// <param name="newestType">The newest type before the module ran; null if it has not run yet.</param>
    /// <returns>The newest type now.</returns>
    private async Task<long> PrepareAsync(LaneSession session, UpgradeStep step, long? newestType, CancellationToken abort)
    {
        await session.ResetAsync(abort);
        await session.ExecuteAsync($"SET lock_timeout = 0; {module.SearchPathSql(step.Target, local: false)}", abort);
        var look = await session.HoldAsync(newestType, abort);
        if (!look.Held) throw new UpgradeException(RunProblem.LostLock(step));
        if (newestType is not null) session.Made(look.Made, committed: true);
        return look.NewestType;
    }
}
