using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Restores a whole database: into a new one beside it, under the target's lock; then two databases are renamed in one transaction. The
/// lock ends before that, because nobody may be connected. If somebody connects in between, the server refuses to rename.
/// </summary>
internal sealed class DatabaseReplacement(RestoreContext context, ChannelWriter<UpgradeEvent> events)
{
    private readonly ConnectionSettings _settings = context.Connection;

    public async Task RestoreAsync(RestoreTask task, CancellationToken abort)
    {
        await using var elsewhere = await OpenAsync(task, _settings.LockTimeout, abort);
        var restore = new DatabaseRestore(
            elsewhere, task, context.Save, context.Jobs, context.SearchPath, _settings);
        try
        {
            long database;
            await using (var live = await LockLiveAsync(restore, task, abort))
            {
                var journal = live is null ? "" : await JournalsAsync(live, task, abort);
                SeededFault.Point("restore locked");
                database = await restore.PrepareAsync(abort);
                await DemandUnchangedAsync(live, task, journal, abort);
            }
            await SwapAsync(restore, elsewhere, task, database, abort);
        }
        catch (Exception e) when (e is not UpgradeException { Problems: [{ Code: "KU-7051" }] })
        {
            await CleanAsync(elsewhere, restore);
            throw;
        }
        SeededFault.Point("restore committed");
        await DropBeforeAsync(restore, task);
    }

    /// <summary>A connection to another database, with a lock on this one's name: only one restore of it runs at a time.</summary>
    private async Task<NpgsqlConnection> OpenAsync(RestoreTask task, TimeSpan patience, CancellationToken cancellationToken)
    {
        var connection = await Connections.OpenForReadingAsync(
            ExistingDatabase.Elsewhere(task.Target), _settings, WaitFor.Return, cancellationToken);
        try
        {
            await RestoreLock.TakeAsync(
                connection, task.Target with { Schema = task.Target.DatabaseName }, patience, _settings, context.Time, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<NpgsqlConnection?> LockLiveAsync(DatabaseRestore restore, RestoreTask task, CancellationToken cancellationToken)
    {
        if (!(await restore.PlaceAsync(task.Target.DatabaseName, cancellationToken)).Exists) return null;
        var connection = await Connections.OpenForReadingAsync(task.Target.Database, _settings, WaitFor.Return, cancellationToken);
        try
        {
            await RestoreLock.TakeAsync(connection, task.Target, _settings.LockTimeout, _settings, context.Time, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static Task<string> JournalsAsync(NpgsqlConnection live, RestoreTask task, CancellationToken cancellationToken) =>
        JournalDigest.OfAsync(live, [task.Target.Schema], cancellationToken);

    /// <summary>
    /// Filling the new database takes long: the server may have ended the lock's session, and another process may have changed the
    /// database.
    /// </summary>
    private static async Task DemandUnchangedAsync(
        NpgsqlConnection? live, RestoreTask task, string journal, CancellationToken cancellationToken)
    {
        if (live is null) return;
        try
        {
            if (!await TargetLock.HoldsAsync(live, [task.Target], cancellationToken))
                throw new UpgradeException(RestoreProblem.LockEnded(task.Target, "its lock was lost"));
            if (await JournalsAsync(live, task, cancellationToken) != journal)
                throw new UpgradeException(RestoreProblem.LockEnded(task.Target, "its journal has changed"));
        }
        catch (Exception e) when (SqlErrors.IsLostConnection(e))
        {
            throw new UpgradeException(RestoreProblem.LockEnded(
                task.Target, $"the session that held its lock has ended ({SqlErrors.Describe(e)})"), e);
        }
    }

    private async Task SwapAsync(
        DatabaseRestore restore, NpgsqlConnection elsewhere, RestoreTask task, long database, CancellationToken abort)
    {
        try
        {
            await restore.SwapAsync(abort);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            await Sql.ExecuteAsync(elsewhere, "ROLLBACK", CancellationToken.None);
            var live = await restore.PlaceAsync(task.Target.DatabaseName, CancellationToken.None);
            throw new UpgradeException(RestoreProblem.Connected(
                task.Target, live.Sessions.Length > 0 ? live.Sessions : "a session that has ended since"), e);
        }
        // The caller disposes the lost connection.
        await LostCommit.CommitAsync(elsewhere, () => Task.CompletedTask, () => IsCommittedAsync(task, database),
            lost => RestoreProblem.Unknown(task.Target, lost));
    }

    /// <summary>Whether the new database has the name, read under the lock.</summary>
    private async Task<bool> IsCommittedAsync(RestoreTask task, long database)
    {
        await using var connection = await OpenAsync(task, LostCommit.Patience, CancellationToken.None);
        var live = await ExistingDatabase.ReadAsync(
            connection, task.Target.DatabaseName, _settings.ApplicationName, CancellationToken.None);
        return live.Oid == database;
    }

    /// <summary>The next restore removes what cannot be removed now: only the reason why this one ended is reported.</summary>
    private static async Task CleanAsync(NpgsqlConnection elsewhere, DatabaseRestore restore)
    {
        try
        {
            await Sql.ExecuteAsync(elsewhere, "ROLLBACK", CancellationToken.None);
            await restore.DropLeftoversAsync(CancellationToken.None);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || e is UpgradeException or InvalidOperationException)
        {
        }
    }

    private async Task DropBeforeAsync(DatabaseRestore restore, RestoreTask task)
    {
        try
        {
            await restore.DropLeftoversAsync(CancellationToken.None);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || e is UpgradeException or InvalidOperationException)
        {
            var problem = RestoreProblem.NotDropped(task.Target, ExistingDatabase.Before(task.Target.DatabaseName), SqlErrors.Describe(e));
            var step = new UpgradeStep(task.Target, new Restore());
            events.TryWrite(new UpgradeEvent.StepLogged(step, LogLevel.Warning, $"{problem}"));
        }
    }
}
