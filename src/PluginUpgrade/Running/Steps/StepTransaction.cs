using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>The server rejected the done row.</summary>
public sealed class SealRefusedException(PostgresException reason) : Exception(reason.Message, reason)
{
    public PostgresException Reason => reason;
}

/// <summary>The transaction of one step or of several consecutive steps: its begin, its way from step to step, its commit.</summary>
internal sealed class StepTransaction(LaneSession session, RunContext context, Func<Target, string> searchPathOf)
{
    /// <summary>The savepoint that distinguishes the step's transaction, even an aborted one, from one that the module began.</summary>
    private const string Mark = "krang_upgrade_step";

    private string? _id;
    private long _newestType;
    private MadeTypes _made;

    /// <summary>Begins the transaction, and claims the step.</summary>
    /// <returns>The transaction's id; null if the step was not claimed.</returns>
    /// <exception cref="UpgradeException">Another session holds the target's lock.</exception>
    public async Task<string?> BeginAsync(UpgradeStep step, CancellationToken abort)
    {
        await using var batch = Batch(session.ResetSql);
        // Reset before BEGIN, in the same round trip: BEGIN fixes the transaction's properties (read only, isolation).
        batch.BatchCommands[^1].AppendErrorBarrier = true;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        return await ClaimAsync(batch, step, abort);
    }

    /// <summary>Seals one step, resets the session, and claims the next step in the same transaction.</summary>
    /// <param name="done">The previous step; null if it was not run because another run had done it.</param>
    /// <returns>As <see cref="BeginAsync"/>.</returns>
    /// <exception cref="SealRefusedException">The previous module ended the transaction, or swallowed an error.</exception>
    public async Task<string?> GoOnAsync(UpgradeStep? done, UpgradeStep next, CancellationToken abort)
    {
        await using var batch = Batch([]);
        var looks = AddSeal(batch, done);
        List<NpgsqlBatchCommand> sealing = [.. batch.BatchCommands.Cast<NpgsqlBatchCommand>()];
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"RELEASE SAVEPOINT {Mark}"));
        foreach (var statement in session.ResetSql) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        try
        {
            return await ClaimAsync(batch, next, abort, looks, answers: (looks ? 1 : 0) + (done is null ? 0 : 1));
        }
        catch (PostgresException e) when (e.BatchCommand is { } refused && sealing.Contains(refused))
        {
            throw new SealRefusedException(e);
        }
    }

    /// <summary>Seals the last step and commits, in one round trip.</summary>
    /// <param name="last">The step that is not sealed yet; null if there is none.</param>
    /// <param name="lost">Cancelled only if the connection is lost.</param>
    public Task CommitAsync(UpgradeStep? last, CancellationToken lost) => CommitAsync(last, isExpanded: false, lost);

    /// <param name="isExpanded">Whether declared changes are left, so that the row stays running.</param>
    public async Task CommitAsync(UpgradeStep? last, bool isExpanded, CancellationToken lost)
    {
        // No time limit: a commit may have to wait for standbys.
        await using var batch = new NpgsqlBatch(session.Connection);
        // Check deferred constraints as the module's role, before krang-upgrade's own statements.
        if (last is { Action.RunsModuleCode: true }) batch.BatchCommands.Add(new NpgsqlBatchCommand("SET CONSTRAINTS ALL IMMEDIATE"));
        SeededFault.Change("step to seal", ref last);
        var looks = AddSeal(batch, last, isExpanded);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await using (var reader = await batch.ExecuteReaderAsync(lost))
        {
            if (looks) await ReadMadeAsync(reader, lost);
            while (await reader.NextResultAsync(lost)) { }
        }
        session.Made(_made, committed: true);
    }

    /// <summary>Adds the seal, which runs as krang-upgrade's role whatever role the module has set: see <see cref="OwnWords"/>.</summary>
    /// <returns>Whether the first result lists the types that the module created.</returns>
    private bool AddSeal(NpgsqlBatch batch, UpgradeStep? step, bool isExpanded = false)
    {
        if (step is null) return false;
        if (step.Action.RunsModuleCode)
        {
            // Otherwise the parameters that follow would be decoded in the module's encoding.
            if (session.Connection.PostgresParameters.GetValueOrDefault("client_encoding") is not ("UTF8" or null))
                batch.BatchCommands.Add(new NpgsqlBatchCommand("SET client_encoding = 'UTF8'"));
            batch.BatchCommands.Add(OwnWords(step.Target));
        }
        batch.BatchCommands.Add(isExpanded ? session.Journal.SealExpanded(step, _id!) : session.Journal.Seal(step, _id!));
        return step.Action.RunsModuleCode;
    }

    /// <summary>
    /// Restores the session's original role, the target's search path and krang-upgrade's limits. The same statement returns the new types,
    /// because an extra statement would cost as much as a small query.
    /// </summary>
    private NpgsqlBatchCommand OwnWords(Target target) => new($"""
        SELECT {NewTypes.Query("$2")}, {OwnRole("$1")}, {Connections.SettingsSql(session.Connection.PostgreSqlVersion, context.Connection)}
        """)
    {
        Parameters = { new() { Value = searchPathOf(target) }, new() { Value = _newestType } },
    };

    /// <summary>Restores the session's original role and the search path, in the open transaction.</summary>
    internal static string OwnRole(string searchPath) => $"""
        pg_catalog.set_config('session_authorization', NULL, false), pg_catalog.set_config('role', NULL, false),
        pg_catalog.set_config('search_path', {searchPath}, true), pg_catalog.set_config('row_security', 'on', true)
        """;

    private async Task<MadeTypes> ReadMadeAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken)) return default;
        var made = MadeTypes.Read(reader, session.Journal.Schema);
        _made = _made.And(made);
        return made;
    }

    /// <summary>Whether the failed statement is the seal, and not a deferred check of the module.</summary>
    public static bool IsSeal(NpgsqlBatchCommand? command) => command?.CommandText.Contains("sealed AS", StringComparison.Ordinal) is true;

    /// <summary>
    /// Whether the module ended the step's transaction. False if that is unknown, because the connection is lost or busy. Rolling back to
    /// a savepoint works even in an aborted transaction; ours does not exist in a transaction that the module began, or outside one.
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

    /// <param name="looks">Whether the first result lists the types that the previous step created.</param>
    /// <param name="answers">How many statements before the claim return a result.</param>
    private async Task<string?> ClaimAsync(
        NpgsqlBatch batch, UpgradeStep step, CancellationToken abort, bool looks = false, int answers = 0)
    {
        var settings = Connections.SettingsSql(session.Connection.PostgreSqlVersion, context.Connection);
        var searchPath = searchPathOf(step.Target);
        batch.BatchCommands.Add(TargetLock.HoldForTransaction(step.Target.Scope, step.Target.Schema, searchPath, settings));
        if (step.Action.FormerComponent is { } former) batch.BatchCommands.Add(session.Journal.RenameFormer(step, former));
        if (step.Entry.RemovesRecords.Count > 0) batch.BatchCommands.Add(session.Journal.RemoveRecords(step));
        if (step.Entry.ReplacesBaselines) batch.BatchCommands.Add(session.Journal.RemoveBaselines(step));
        batch.BatchCommands.Add(session.Journal.ClaimFirst(step, context.RunId));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SAVEPOINT {Mark}"));
        var (held, prepared, claimed) = await ReadAsync(batch, looks, answers, abort);
        if (!held) throw new UpgradeException(RunProblem.LostLock(step));
        SeededFault.Change("statements are prepared", ref prepared);
        if (prepared) await session.ForgetPreparedAsync();
        claimed ??= await ClaimAgainAsync(step, abort);
        _id ??= claimed;
        return claimed;
    }

    /// <summary>Claims the step over the row of an earlier attempt. The savepoint must follow the claim, so it is set again.</summary>
    private async Task<string?> ClaimAgainAsync(UpgradeStep step, CancellationToken abort)
    {
        await using var batch = Batch([]);
        batch.BatchCommands.Add(session.Journal.Claim(step, context.RunId));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"RELEASE SAVEPOINT {Mark}"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SAVEPOINT {Mark}"));
        return await batch.ExecuteScalarAsync(abort) as string;
    }

    private async Task<(bool Held, bool Prepared, string? Claimed)> ReadAsync(
        NpgsqlBatch batch, bool looks, int answers, CancellationToken abort)
    {
        await using var reader = await batch.ExecuteReaderAsync(abort);
        if (looks) session.Made(await ReadMadeAsync(reader, abort), committed: false);
        for (var i = 0; i < answers; i++) await reader.NextResultAsync(abort);
        var (held, prepared) = (false, false);
        if (await reader.ReadAsync(abort))
            (held, prepared, _newestType) = (reader.GetBoolean(0), reader.GetBoolean(1), NewTypes.After(reader.GetInt64(2)));
        await reader.NextResultAsync(abort);
        var claimed = await reader.ReadAsync(abort) && !reader.IsDBNull(0) ? reader.GetString(0) : null;
        await reader.NextResultAsync(abort);
        return (held, prepared, claimed);
    }

    private NpgsqlBatch Batch(IEnumerable<string> statements)
    {
        var batch = new NpgsqlBatch(session.Connection) { Timeout = Sql.Seconds(context.Connection.AnswerTimeout) };
        foreach (var statement in statements) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        return batch;
    }
}
