using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>What is exchanged, and what is done when nobody else is left.</summary>
internal sealed record ExchangeParts
{
    /// <summary>The session in the live database, with the target's lock.</summary>
    public required LaneSession Live { get; init; }

    /// <summary>What becomes live.</summary>
    public required string Next { get; init; }

    /// <summary>The name that the live one gets.</summary>
    public required string Kept { get; init; }

    /// <summary>Backends of krang-upgrade in both databases.</summary>
    public required IReadOnlyList<int> Ours { get; init; }

    /// <summary>The last work on both, in time limits of seconds. It is committed, whether or not the exchange succeeds then.</summary>
    public required Func<CancellationToken, Task> LastWork { get; init; }

    /// <summary>Closes krang-upgrade's sessions in both. From here on it cannot be cancelled.</summary>
    public required Func<Task> Leave { get; init; }

    /// <summary>Statements after both were renamed, in the same transaction.</summary>
    public required IReadOnlyList<string> Then { get; init; }
}

/// <summary>
/// Renames two databases in one transaction, from a session elsewhere. Renaming locks the database first and then waits, for at most five
/// seconds, until nobody is connected to it; so from the lock on, whoever connects waits for the end of the transaction. Only then the
/// other sessions are ended, the last work is done, and krang-upgrade's own sessions leave. Until they leave, the target's lock is held in
/// the live database; afterwards the lock on its name, by the session elsewhere. So no two processes exchange the same database.
/// </summary>
internal sealed class DatabaseExchange(ElsewhereSession elsewhere, Target target, TimeProvider time)
{
    /// <summary>
    /// krang-upgrade's sessions leave within this time, or not at all: if the server gave up waiting after they had left, others could
    /// connect and write again.
    /// </summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(4);

    /// <returns>Null if it is committed; else why not. Then nothing is renamed, and it can be tried again.</returns>
    public async Task<string?> TryAsync(ExchangeParts parts, CancellationToken abort)
    {
        var (live, kept) = (PostgresName.Quote(target.DatabaseName), PostgresName.Quote(parts.Kept));
        var oids = (
            Live: await elsewhere.OidAsync(target.DatabaseName, abort) ?? 0, Next: await elsewhere.OidAsync(parts.Next, abort) ?? 0);
        // A parallel worker would connect to the live database, and wait for the rename, which waits for it.
        await parts.Live.ExecuteAsync("SET max_parallel_workers_per_gather = 0", abort);
        await elsewhere.ExecuteAsync("BEGIN", abort);
        var rename = elsewhere.ExecuteAsync($"ALTER DATABASE {live} RENAME TO {kept}", CancellationToken.None);
        string? left = null;
        try
        {
            if ((left = await BeforeAsync(parts, rename, [oids.Live, oids.Next], abort)) is not null) return await GiveUpAsync();
            await parts.Leave();
            SeededFault.Point("database sessions closed");
            await rename;
            SeededFault.Point("live database renamed");
            await elsewhere.ExecuteAsync($"ALTER DATABASE {PostgresName.Quote(parts.Next)} RENAME TO {live}", CancellationToken.None);
            SeededFault.Point("next database renamed");
            foreach (var statement in parts.Then)
            {
                await elsewhere.ExecuteAsync(statement, CancellationToken.None);
                SeededFault.Point("database swap statement");
            }
        }
        catch (PostgresException e) when (IsInUse(e))
        {
            left = SqlErrors.Describe(e);
            return await GiveUpAsync();
        }
        catch
        {
            await GiveUpAsync();
            throw;
        }
        SeededFault.Point("database swap not committed");
        await LostCommit.CommitAsync(elsewhere.Connection, () => elsewhere.Connection.DisposeAsync().AsTask(), async () =>
        {
            if (elsewhere.Connection.State != System.Data.ConnectionState.Open)
                await elsewhere.ReopenAsync(LostCommit.Patience, CancellationToken.None);
            return await elsewhere.OidAsync(target.DatabaseName, CancellationToken.None) == oids.Next;
        }, error => DatabaseProblem.Unknown(target, error));
        SeededFault.Point("database swap committed");
        return null;

        async Task<string?> GiveUpAsync()
        {
            // It ends by itself: the session in the live database is still there, or it has ended already.
            await rename.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await elsewhere.RollBackAsync();
            return left;
        }
    }

    /// <summary>Everything up to the moment in which krang-upgrade's own sessions are the only ones.</summary>
    /// <returns>Null; or who is still connected: then the rename fails soon.</returns>
    private async Task<string?> BeforeAsync(ExchangeParts parts, Task rename, IReadOnlyList<long> databases, CancellationToken abort)
    {
        var sessions = new OtherSessions(parts.Live.Connection, databases, parts.Ours);
        if (!await sessions.AreWaitingAsync(elsewhere.Pid, rename)) return "a session that has ended since";
        var start = time.GetTimestamp();
        SeededFault.Point("database swap locked");
        try
        {
            if (await sessions.EndAsync(rename, IsOver) is { } left) return left;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new UpgradeException(DatabaseProblem.MayNotEnd(
                target, await sessions.FindAsync(ends: false, CancellationToken.None), isRunning: true), e);
        }
        SeededFault.Point("database sessions ended");
        await parts.LastWork(abort);
        SeededFault.Point("database sealed");
        abort.ThrowIfCancellationRequested();
        return IsOver() ? "krang-upgrade itself, because the last work took too long" : null;

        bool IsOver() => time.GetElapsedTime(start) > Enough;
    }

    private static bool IsInUse(PostgresException e) => e.SqlState is PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.LockNotAvailable;
}
