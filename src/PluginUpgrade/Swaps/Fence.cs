using Npgsql;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Drains the live schema, and keeps writers away from it for a module that cannot catch up: from before the build until the exchange, in
/// the session and the transaction that makes the exchange.
/// </summary>
/// <param name="schemas">Finds the schemas to lock; null: the target's.</param>
internal sealed class Fence(
    LaneSession session, ModuleCall calls, SideBySideCall module, SchemaLocks locks,
    Func<CancellationToken, Task<IReadOnlyList<string>>>? schemas = null)
{
    private const int MostCalls = 1000, MostTries = 20;

    private const string Mark = "krang_upgrade_fence";

    /// <summary>Calls Drain until nothing is left, each time in a transaction of its own.</summary>
    public async Task DrainAsync(UpgradeStep step, CancellationToken abort)
    {
        for (var call = 1; call <= MostCalls; call++)
        {
            await PrepareAsync(step, abort);
            await session.ExecuteAsync($"BEGIN; {calls.SearchPathSql(step.Target)}", abort);
            var isDrained = await module.DrainAsync(session, step, abort);
            SeededFault.Point("drain not committed");
            await DemandUnabortedAsync(abort);
            await session.ExecuteAsync("COMMIT", abort);
            SeededFault.Point("drain committed");
            if (isDrained) return;
        }
        throw new UpgradeException(SwapProblem.NotDrained(step, MostCalls));
    }

    /// <summary>
    /// Keeps writers away. What they wrote before that may have to be drained too; if that writes, the locks are given up for it.
    /// </summary>
    /// <param name="drains">Whether the module overrides Drain.</param>
    public async Task RaiseAsync(UpgradeStep step, bool drains, CancellationToken abort)
    {
        for (var tries = 1; ; tries++)
        {
            await PrepareAsync(step, abort);
            await locks.ShareAsync(schemas is null ? [step.Target.Schema] : await schemas(abort), abort);
            SeededFault.Point("fence locked");
            if (!drains || await IsDrainedAsync(step, abort)) break;
            if (tries == MostTries) throw new UpgradeException(SwapProblem.NotDrained(step, tries));
            await session.ExecuteAsync("COMMIT", abort);
            await DrainAsync(step, abort);
        }
        SeededFault.Point("fence raised");
    }

    /// <summary>
    /// The last query of an open transaction keeps its snapshot until the next statement. CREATE INDEX CONCURRENTLY in the build would wait
    /// for it forever.
    /// </summary>
    public Task ReleaseSnapshotAsync(CancellationToken abort) =>
        session.ExecuteAsync("SET LOCAL idle_in_transaction_session_timeout = 0", abort);

    private async Task<bool> IsDrainedAsync(UpgradeStep step, CancellationToken abort)
    {
        await session.ExecuteAsync($"SAVEPOINT {Mark}; {calls.SearchPathSql(step.Target)}", abort);
        var isDrained = await module.DrainAsync(session, step, abort);
        try
        {
            // The savepoint is gone if the module ended the transaction, and with it the locks.
            await session.ExecuteAsync($"RELEASE SAVEPOINT {Mark}", abort);
        }
        catch (PostgresException e) when (e.SqlState is "3B001" or PostgresErrorCodes.NoActiveSqlTransaction)
        {
            await session.RollBackAsync();
            throw new UpgradeException(SwapProblem.FenceLost(step), e);
        }
        await using var wrote = new NpgsqlCommand(
            "SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL", session.Connection);
        return isDrained && await wrote.ExecuteScalarAsync(abort) is false;
    }

    /// <summary>COMMIT would answer an aborted transaction without an error.</summary>
    private Task DemandUnabortedAsync(CancellationToken abort) => session.ExecuteAsync("SELECT 1", abort);

    private async Task PrepareAsync(UpgradeStep step, CancellationToken abort)
    {
        if (!await session.ResetAndHoldAsync(abort)) throw new UpgradeException(RunProblem.LostLock(step));
    }
}
