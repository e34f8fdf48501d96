using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>The server did not take the row that says done.</summary>
/// <param name="reason">Null: there was no row of the step any more.</param>
public sealed class SealRefusedException(PostgresException? reason) : Exception(reason?.Message, reason)
{
    public PostgresException? Reason => reason;
}

/// <summary>The transaction of one step, or of several one after another: its beginning, its passage from step to step, its end.</summary>
internal sealed class StepTransaction(LaneSession session, RunSetting setting, Func<Target, string> searchPathOf)
{
    /// <summary>The savepoint that tells the step's own transaction from one that the module began, even when it is aborted.</summary>
    private const string Mark = "krang_upgrade_step";

    private string? _id;

    /// <summary>Begins, and claims the step.</summary>
    /// <returns>The transaction's id; null where the step was not claimed.</returns>
    /// <exception cref="UpgradeException">The target's lock is another session's.</exception>
    public async Task<string?> BeginAsync(UpgradeStep step, CancellationToken abort)
    {
        await using var batch = Batch(Connections.ResetSql);
        // Before BEGIN, in the same round trip: what a transaction is like (read only, isolation) is settled when it begins.
        batch.BatchCommands[^1].AppendErrorBarrier = true;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        return await ClaimAsync(batch, step, before: 0, abort);
    }

    /// <summary>Seals one step and claims the next in the same transaction. The session is as new for the second.</summary>
    /// <param name="done">Null where the step before was not run: another run had done it.</param>
    /// <returns>As <see cref="BeginAsync"/>.</returns>
    /// <exception cref="SealRefusedException">The module before has ended the transaction, or swallowed an error.</exception>
    public async Task<string?> GoOnAsync(UpgradeStep? done, UpgradeStep next, CancellationToken abort)
    {
        await using var batch = Batch([]);
        var seal = AddSeal(batch, done);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"RELEASE SAVEPOINT {Mark}"));
        foreach (var statement in Connections.ResetSql) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        try
        {
            var claimed = await ClaimAsync(batch, next, before: done is null ? 0 : 1, abort);
            Sealed(seal);
            return claimed;
        }
        catch (PostgresException e) when (seal is not null && seal == e.BatchCommand)
        {
            throw new SealRefusedException(e);
        }
    }

    /// <summary>COMMIT, and the seal before it in the same round trip. Not to be cancelled but where the connection is lost.</summary>
    /// <param name="last">The step that is not sealed yet; null where there is none.</param>
    public async Task CommitAsync(UpgradeStep? last, CancellationToken lost)
    {
        // Without a limit: a commit may have to wait for standbys.
        await using var batch = new NpgsqlBatch(session.Connection);
        var seal = SeededFault.Is("seal first") ? null : AddSeal(batch, last);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(lost);
        Sealed(seal);
    }

    private NpgsqlBatchCommand? AddSeal(NpgsqlBatch batch, UpgradeStep? step)
    {
        if (step is null) return null;
        var seal = session.Journal.Seal(step, _id!);
        batch.BatchCommands.Add(seal);
        return seal;
    }

    /// <exception cref="SealRefusedException">The row was not there: the module has removed it.</exception>
    private static void Sealed(NpgsqlBatchCommand? seal)
    {
        if (seal is { RecordsAffected: 0 }) throw new SealRefusedException(null);
    }

    /// <summary>
    /// False where that cannot be asked: on a connection that is gone or busy. In an aborted transaction only going back to a savepoint
    /// is allowed; ours is not there in a transaction that the module began, or outside of one.
    /// </summary>
    public async Task<bool> HasEndedAsync(UpgradeStep step)
    {
        try
        {
            if (!session.IsOpen) return false;
            await session.ExecuteAsync($"ROLLBACK TO SAVEPOINT {Mark}", CancellationToken.None);
            return !await session.Journal.IsClaimedHereAsync(session.Connection, step, CancellationToken.None);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.NoActiveSqlTransaction or "3B001")
        {
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            return false;
        }
    }

    /// <param name="before">How many statements of the batch answer with a row that nobody needs.</param>
    private async Task<string?> ClaimAsync(NpgsqlBatch batch, UpgradeStep step, int before, CancellationToken abort)
    {
        var settings = Connections.SettingsSql(session.Connection.PostgreSqlVersion, setting.Connection);
        var searchPath = searchPathOf(step.Target);
        batch.BatchCommands.Add(TargetLock.HoldForTransaction(step.Target.Scope, step.Target.Schema, searchPath, settings));
        if (step.Action.FormerComponent is { } former) batch.BatchCommands.Add(session.Journal.RenameFormer(step, former));
        if (step.Entry.ReplacesBaselines) batch.BatchCommands.Add(session.Journal.RemoveBaselines(step));
        batch.BatchCommands.Add(session.Journal.ClaimFirst(step, setting.RunId));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SAVEPOINT {Mark}"));
        var (held, claimed) = await ReadAsync(batch, before, abort);
        if (!held) throw new UpgradeException(RunProblem.LostLock(step));
        claimed ??= await ClaimAgainAsync(step, abort);
        _id ??= claimed;
        return claimed;
    }

    /// <summary>Over the row of an earlier try. The mark again too: it is to lie after the claim.</summary>
    private async Task<string?> ClaimAgainAsync(UpgradeStep step, CancellationToken abort)
    {
        await using var batch = Batch([]);
        batch.BatchCommands.Add(session.Journal.Claim(step, setting.RunId));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"RELEASE SAVEPOINT {Mark}"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SAVEPOINT {Mark}"));
        return await batch.ExecuteScalarAsync(abort) as string;
    }

    private static async Task<(bool Held, string? Claimed)> ReadAsync(NpgsqlBatch batch, int before, CancellationToken abort)
    {
        await using var reader = await batch.ExecuteReaderAsync(abort);
        for (var i = 0; i < before; i++) await reader.NextResultAsync(abort);
        var held = await reader.ReadAsync(abort) && reader.GetBoolean(0);
        await reader.NextResultAsync(abort);
        var claimed = await reader.ReadAsync(abort) ? reader.GetString(0) : null;
        await reader.NextResultAsync(abort);
        return (held, claimed);
    }

    private NpgsqlBatch Batch(IEnumerable<string> statements)
    {
        var batch = new NpgsqlBatch(session.Connection) { Timeout = Sql.Seconds(setting.Connection.AnswerTimeout) };
        foreach (var statement in statements) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        return batch;
    }
}
