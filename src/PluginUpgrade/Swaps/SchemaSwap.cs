using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>
/// The exchange: in one transaction of the lane's session, the live schema becomes <c>__before</c>, the new one becomes live, and its
/// journal says that the step is done.
/// </summary>
internal sealed class SchemaSwap(LaneSession session, RunContext context, UpgradeStep step, SideBySideCall module)
{
    private string Live => step.Target.Schema;

    private string Next => BesideNames.Next(Live);

    private string Before => BesideNames.Before(Live);

    private UpgradeModule Module => ((SwapSchemas)step.Action).Module;

    /// <summary>The note on what is kept, without the comment that it has.</summary>
    private string _note = "";

    /// <summary>The oid of the new schema.</summary>
    private long _next;

    /// <summary>Before anything is locked: what need not be found out while everybody waits.</summary>
    public async Task PrepareAsync(CancellationToken abort)
    {
        var reader = await ReaderAsync(abort);
        (_next, var now) = await ReadNextAsync(reader, abort);
        _note = new KeptNote(KeptKind.Before, await LiveVersion.ReadAsync(reader, step, abort), step.Version.Text, now)
        {
            Component = step.Component,
            Live = _next,
            Written = await WrittenRows.CountAsync(reader, Next, abort, Module.Carries),
            Carried = Module.Carries,
            Shape = Module.Carries.Count == 0 ? "" : await SchemaDigest.OfTablesAsync(reader, Live, Module.Carries, abort),
        }.Above(null);
    }

    /// <summary>In the transaction in which <see cref="SchemaLocks"/> has locked the live schema.</summary>
    /// <param name="digest">The structure of the live schema at the beginning of the build.</param>
    /// <param name="newestType">The newest type before the build.</param>
    /// <param name="committing">Called when the exchange can no longer be cancelled.</param>
    /// <exception cref="UpgradeException">Refused, or the result could not be found out.</exception>
    public async Task RunAsync(string digest, long newestType, Action committing, CancellationToken abort)
    {
        SeededFault.Point("swap locked");
        await DemandUnchangedAsync(digest, abort);
        var (transaction, comment) = await ReadAsync(abort);
        if (!(await session.HoldAsync(null, abort)).Held) throw new UpgradeException(RunProblem.LostLock(step));
        if (Module.CatchesUp)
        {
            await module.CatchUpFinallyAsync(session, step, abort);
            SeededFault.Point("caught up finally");
        }
        var statements = await SwapStatements.ReadAsync(session.Connection, Live, Next, Module.Carries, abort);
        // One round trip: everybody waits.
        if (statements.Count > 0) await session.ExecuteAsync(string.Join("; ", statements), abort);
        SeededFault.Point("swap statement");
        await session.ExecuteAsync($"ALTER SCHEMA {PostgresName.Quote(Live)} RENAME TO {PostgresName.Quote(Before)}", abort);
        SeededFault.Point("live renamed");
        await session.ExecuteAsync($"ALTER SCHEMA {PostgresName.Quote(Next)} RENAME TO {PostgresName.Quote(Live)}", abort);
        SeededFault.Point("next renamed");
        await session.ExecuteAsync(SchemaComment.WriteSql(Before, comment is null ? _note : $"{_note}\n{comment}"), abort);
        await SealAsync(transaction, abort);
        committing();
        await CommitAsync();
        await LearnAsync(newestType);
    }

    private async Task DemandUnchangedAsync(string digest, CancellationToken abort)
    {
        if (await SchemaDigest.ReadAsync(await ReaderAsync(abort), Live, abort) == digest) return;
        await session.RollBackAsync();
        throw new UpgradeException(SwapProblem.Changed(step, Live));
    }

    private async Task<NpgsqlConnection> ReaderAsync(CancellationToken abort) =>
        await session.Reader.OpenAsync(abort) ?? session.Connection;

    private async Task<(long Oid, DateTimeOffset Now)> ReadNextAsync(NpgsqlConnection connection, CancellationToken abort)
    {
        await using var query = new NpgsqlCommand(
            "SELECT n.oid::bigint, pg_catalog.clock_timestamp() FROM pg_catalog.pg_namespace n WHERE n.nspname = $1", connection)
        {
            Parameters = { new() { Value = Next } },
        };
        await using var reader = await query.ExecuteReaderAsync(abort);
        if (!await reader.ReadAsync(abort)) throw new UpgradeException(SwapProblem.Changed(step, Live));
        return (reader.GetInt64(0), new DateTimeOffset(reader.GetDateTime(1)));
    }

    private async Task<(string Transaction, string? Comment)> ReadAsync(CancellationToken abort)
    {
        await using var query = new NpgsqlCommand("""
            SELECT pg_catalog.pg_current_xact_id()::text, pg_catalog.obj_description(l.oid, 'pg_namespace')
            FROM pg_catalog.pg_namespace n CROSS JOIN pg_catalog.pg_namespace l
            WHERE n.nspname = $1 AND n.oid = $2::bigint::oid AND l.nspname = $3
            """, session.Connection)
        {
            Parameters = { new() { Value = Next }, new() { Value = _next }, new() { Value = Live } },
        };
        await using var reader = await query.ExecuteReaderAsync(abort);
        if (!await reader.ReadAsync(abort)) throw new UpgradeException(SwapProblem.Changed(step, Live));
        return (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1));
    }

    /// <summary>The rows of the journal that was live travel along; the step's own row becomes done.</summary>
    private async Task SealAsync(string transaction, CancellationToken abort)
    {
        await using var batch = new NpgsqlBatch(session.Connection) { Timeout = Sql.Seconds(context.Connection.AnswerTimeout) };
        batch.BatchCommands.Add(session.Journal.CopyFrom(Before, step));
        batch.BatchCommands.Add(session.Journal.Seal(step, transaction));
        await batch.ExecuteNonQueryAsync(abort);
        SeededFault.Point("swap sealed");
    }

    private async Task CommitAsync()
    {
        SeededFault.Point("swap not committed");
        await LostCommit.CommitAsync(
            session.Connection, async () => await session.DisposeAsync(), IsCommittedAsync,
            error => SwapProblem.Unknown(step, error));
        SeededFault.Point("swap committed");
    }

    /// <summary>Under the target's lock, the name tells which schema is live.</summary>
    private async Task<bool> IsCommittedAsync()
    {
        try
        {
            await session.ReopenAsync(LostCommit.Patience, CancellationToken.None);
            await using var query = new NpgsqlCommand(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1 AND oid = $2::bigint::oid)", session.Connection)
            {
                Parameters = { new() { Value = Live }, new() { Value = _next } },
            };
            return await query.ExecuteScalarAsync(CancellationToken.None) is true;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The new schema has types that the lane's later steps may use. The exchange is committed: if they cannot be asked for, they are
    /// assumed, and the lane connects again.
    /// </summary>
    private async Task LearnAsync(long newestType)
    {
        try
        {
            if (session.IsOpen) session.Made((await session.HoldAsync(newestType, CancellationToken.None)).Made, committed: true);
            else session.Made(new MadeTypes(InSchema: true, Elsewhere: false), committed: true);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            session.Made(new MadeTypes(InSchema: true, Elsewhere: false), committed: true);
            await session.DisposeAsync();
        }
    }
}
