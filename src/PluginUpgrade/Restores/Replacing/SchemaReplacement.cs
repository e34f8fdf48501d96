using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Running;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// A schema's restore from lock to commit, on one connection: when the session ends before that, however it ends, nothing has changed.
/// </summary>
internal sealed class SchemaReplacement(
    ConnectionSettings settings, IReadOnlyList<string> searchPath, ConnectionSlot slot, TimeProvider time)
{
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
                await LostCommit.CommitAsync(connection, LeaveAsync, () => IsCommittedAsync(task, evidence),
                    lost => RestoreProblem.Unknown(task.Target, lost));
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

    private Task LeaveAsync()
    {
        slot.Close();
        return Task.CompletedTask;
    }

    /// <summary>Under the lock: whether what is there is what was restored.</summary>
    private async Task<bool> IsCommittedAsync(RestoreTask task, string evidence)
    {
        await using var connection = await Connections.OpenForReadingAsync(
            task.Target.Database, settings, WaitFor.Return, CancellationToken.None);
        await LockAsync(connection, task, LostCommit.Patience, CancellationToken.None);
        return await ExistingSchema.EvidenceAsync(connection, SchemasOf(task), CancellationToken.None) == evidence;
    }
}
