using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// A schema's restore from lock to commit, on one connection: when the session ends before that, however it ends, nothing has changed.
/// </summary>
internal sealed class SchemaReplacement(
    ConnectionSettings settings, IReadOnlyList<string> searchPath, ConnectionSlot slot, TimeProvider time)
{
    private const int Tries = 3;

    /// <summary>How long the old session may take to end, where the answer to COMMIT was lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public async Task RestoreAsync(RestoreTask task, Action<long> report, CancellationToken abort)
    {
        try
        {
            var connection = await slot.OpenAsync(task.Target.Database, settings, abort);
            await using (connection)
            {
                await LockAsync(connection, task, settings.LockTimeout, abort);
                SeededFault.Point("restore locked");
                var evidence = await new SchemaRestore(connection, task, searchPath, report).RunAsync(abort);
                SeededFault.Point("restore not committed");
                await CommitAsync(connection, task, evidence);
                SeededFault.Point("restore committed");
                // The connection stays for the next lane, which is not to hold this one's locks.
                if (connection.State == System.Data.ConnectionState.Open)
                    await Sql.ExecuteAsync(connection, "SELECT pg_catalog.pg_advisory_unlock_all()", CancellationToken.None);
            }
        }
        catch
        {
            // Whatever state its session is in: the server rolls back when it ends.
            slot.Close();
            throw;
        }
    }

    /// <summary>In one order everywhere: two restores never wait for each other.</summary>
    private async Task LockAsync(NpgsqlConnection connection, RestoreTask task, TimeSpan patience, CancellationToken cancellationToken)
    {
        foreach (var one in TasksOf(task).OrderBy(one => one.Target.Schema, StringComparer.Ordinal))
            await RestoreLock.TakeAsync(connection, one.Target, patience, settings, time, cancellationToken);
    }

    private static IReadOnlyList<RestoreTask> TasksOf(RestoreTask task) => task.Together is [] ? [task] : task.Together;

    private static IReadOnlyList<string> SchemasOf(RestoreTask task) => [.. TasksOf(task).Select(one => one.Target.Schema)];

    /// <summary>Where the answer is lost: the lock first, then a look at what is there. COMMIT is never sent again.</summary>
    private async Task CommitAsync(NpgsqlConnection connection, RestoreTask task, string evidence)
    {
        try
        {
            await Sql.ExecuteAsync(connection, "COMMIT", CancellationToken.None, TimeSpan.FromDays(1));
        }
        catch (Exception e) when (SqlErrors.IsLostConnection(e))
        {
            slot.Close();
            if (await HappenedAsync(task, evidence) is not { } happened)
                throw new UpgradeException(RestoreProblem.Unknown(task.Target, SqlErrors.Describe(e)), e);
            if (!happened) throw;
        }
    }

    private async Task<bool?> HappenedAsync(RestoreTask task, string evidence)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
            try
            {
                await using var connection = await Connections.OpenForReadingAsync(
                    task.Target.Database, settings, WaitFor.Return, CancellationToken.None);
                await LockAsync(connection, task, Patience, CancellationToken.None);
                return await ExistingSchema.EvidenceAsync(connection, SchemasOf(task), CancellationToken.None) == evidence;
            }
            catch (Exception e) when (SqlErrors.IsLostConnection(e))
            {
                // Lost again while it was asked: the server is worth another question.
            }
            catch (UpgradeException)
            {
                return null;
            }
        return null;
    }
}
