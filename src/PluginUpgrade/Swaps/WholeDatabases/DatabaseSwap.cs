using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// The exchange of whole databases. Two databases cannot commit together: the new one's journal says done before it becomes live. If the
/// process ends in between, the live one's journal still has the step pending, and the same command goes on with the build.
/// </summary>
/// <param name="open">Opens the session in the new database.</param>
internal sealed class DatabaseSwap(
    LaneSession session, ElsewhereSession elsewhere, RunContext context, UpgradeStep step, SideBySideCall module,
    Func<CancellationToken, Task<BuildSession>> open, Action<string> announce)
{
    private const int MostTries = 20;

    private static readonly Pause BetweenTries = Pause.OfMilliseconds(200, 5000, jitter: 0.75);

    private Target Live => step.Target;

    private string Next => BesideNames.Next(Live.DatabaseName);

    private string Before => BesideNames.Before(Live.DatabaseName);

    private UpgradeModule Module => ((SwapSchemas)step.Action).Module;

    /// <param name="digest">The structure of the live database at the beginning of the build.</param>
    /// <param name="committing">Called when the exchange can no longer be cancelled.</param>
    public async Task RunAsync(string digest, Action<bool> committing, CancellationToken abort)
    {
        for (var number = 1; await TryAsync(digest, committing, abort) is { } blocked; number++)
        {
            committing(false);
            if (!Module.CatchesUp && !session.IsOpen) throw new UpgradeException(DatabaseProblem.FenceLost(step, blocked));
            if (number == MostTries) throw new UpgradeException(DatabaseProblem.InUse(Live, number, blocked));
            announce($"The databases could not be exchanged ({blocked}). Trying again.");
            await BetweenTries.WaitAsync(number, context.Time, abort);
        }
        await LearnAsync();
        await CleanAsync();
    }

    private async Task<string?> TryAsync(string digest, Action<bool> committing, CancellationToken abort)
    {
        // Idle sessions that were kept for reading.
        context.Connection.Servers.MakeRoom();
        if (!session.IsOpen) await session.ReopenAsync(context.Connection.LockTimeout, abort);
        if (Module.CatchesUp) await session.ResetAsync(abort);
        await elsewhere.DemandAsync(abort);
        var build = await open(abort);
        await using var reading = module.ToLive();
        try
        {
            await build.PrepareAsync(abort);
            // An earlier try of the exchange has sealed it.
            await build.UnsealAsync(abort);
            if (await DatabaseDigest.ReadAsync(session.Connection, abort) != digest)
                throw new UpgradeException(SwapProblem.Changed(step, Live.DatabaseName));
            List<int> ours = [session.BackendPid, build.Session.BackendPid];
            if (Module.CatchesUp) ours.Add(await OpenReadingAsync(reading, abort));
            return await new DatabaseExchange(elsewhere, Live, context.Time).TryAsync(new ExchangeParts
            {
                Live = session,
                Next = Next,
                Kept = Before,
                Ours = ours,
                LastWork = token => FinishAsync(build, token),
                Then = await StatementsAsync(build, abort),
                Leave = async () =>
                {
                    committing(true);
                    await reading.DisposeAsync();
                    await build.DisposeAsync();
                    await session.DisconnectAsync();
                },
            }, abort);
        }
        finally
        {
            module.LiveInTheExchange = null;
            await build.DisposeAsync();
        }
    }

    private async Task<int> OpenReadingAsync(Running.Steps.StepConnections reading, CancellationToken abort)
    {
        var connection = module.LiveInTheExchange = await reading.OpenAsync(null, abort);
        await Sql.ExecuteAsync(connection, "SET max_parallel_workers_per_gather = 0", abort);
        await using var query = new NpgsqlCommand("SELECT pg_catalog.pg_backend_pid()", connection);
        return (int)(await query.ExecuteScalarAsync(abort))!;
    }

    /// <summary>After both were renamed: the note, and what belongs to a database and not to its contents.</summary>
    private async Task<IReadOnlyList<string>> StatementsAsync(BuildSession build, CancellationToken abort)
    {
        var properties = await ExistingDatabase.PropertiesAsync(elsewhere.Connection, Live.DatabaseName, abort);
        var version = await LiveVersion.ReadAsync(session.Connection, step, abort);
        var note = new KeptNote(KeptKind.Before, version, step.Version.Text, await Sql.NowAsync(session.Connection, abort))
        {
            Component = step.Component,
            Live = await elsewhere.OidAsync(Next, abort) ?? 0,
            Written = await WrittenRows.CountAllAsync(build.Session.Connection, abort),
        };
        return
        [
            DatabaseComment.CopySql(Before, Live.DatabaseName), DatabaseComment.NoteSql(Before, note), .. properties,
        ];
    }

    /// <summary>The last catch-up, in one transaction of the new database with its journal: nobody can write any more.</summary>
    private async Task FinishAsync(BuildSession build, CancellationToken abort)
    {
        var next = build.Session;
        await next.ExecuteAsync("BEGIN", abort);
        var transaction = await TransactionAsync(next, abort);
        if (Module.CatchesUp)
        {
            await module.CatchUpFinallyAsync(next, step, abort);
            SeededFault.Point("caught up finally");
        }
        await SequencePositions.CopyAsync(session.Connection, next.Connection, abort);
        await ExecuteAsync(next.Journal.RemoveOthers(build.Step));
        var (query, into) = session.Journal.Copied(build.Step);
        await RowCopy.RunAsync(session.Connection, query, next.Connection, into, abort);
        await ExecuteAsync(next.Journal.Seal(build.Step, transaction));
        SeededFault.Point("swap sealed");
        await next.ExecuteAsync("COMMIT", abort);

        async Task ExecuteAsync(NpgsqlBatchCommand command)
        {
            await using var batch = new NpgsqlBatch(next.Connection)
            {
                BatchCommands = { command },
                Timeout = Sql.Seconds(context.Connection.AnswerTimeout),
            };
            await batch.ExecuteNonQueryAsync(abort);
        }
    }

    private static async Task<string> TransactionAsync(LaneSession session, CancellationToken abort)
    {
        await using var query = new NpgsqlCommand("SELECT pg_catalog.pg_current_xact_id()::text", session.Connection);
        return (string)(await query.ExecuteScalarAsync(abort))!;
    }

    /// <summary>
    /// The lane goes on in the new database, which has types of its own. If that cannot be reached now, the lane's next step opens it.
    /// </summary>
    private async Task LearnAsync()
    {
        context.Connection.NewTypes.Add(Live, new MadeTypes(InSchema: true, Elsewhere: true));
        try
        {
            await session.ReopenAsync(context.Connection.LockTimeout, CancellationToken.None);
        }
        catch (UpgradeException e)
        {
            announce($"The exchange is committed. {Problem.AsOne(e.Problems).Message}");
        }
    }

    /// <summary>What recorded changes lies in the kept database now. A rollback removes it too, if this fails.</summary>
    private async Task CleanAsync()
    {
        if (!Module.CatchesUp) return;
        try
        {
            await using var before = await LaneSession.OpenAsync(BesideTarget.In(Live, Before), context.Connection,
                context.Connection.LockTimeout, null, null, context.Time, CancellationToken.None);
            await DatabaseCapture.RemoveAsync(before, context.Time, CancellationToken.None);
            SeededFault.Point("database capture removed");
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || e is UpgradeException)
        {
            announce($"The schema {DatabaseCapture.Schema} could not be removed from {Before}: {SqlErrors.Describe(e)}");
        }
    }
}
