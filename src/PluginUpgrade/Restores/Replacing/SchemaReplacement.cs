using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Running;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Restores a schema on one connection, from lock to commit: if the session ends before that, however it ends, nothing has changed.
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
                // The connection stays open for the next lane, which must not hold this one's locks.
                if (connection.State == System.Data.ConnectionState.Open)
                    await Sql.ExecuteAsync(connection, "SELECT pg_catalog.pg_advisory_unlock_all()", CancellationToken.None);
            }
        }
        catch
        {
            // The session may be in any state: the server rolls back when it ends.
            slot.Close();
            throw;
        }
    }

    /// <summary>In the same order everywhere, so that two restores never wait for each other.</summary>
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

    /// <summary>Whether the schemas have the restored objects, read under the lock.</summary>
    private async Task<bool> IsCommittedAsync(RestoreTask task, string evidence)
    {
        await using var connection = await Connections.OpenForReadingAsync(
            task.Target.Database, settings, WaitFor.Return, CancellationToken.None);
        await LockAsync(connection, task, LostCommit.Patience, CancellationToken.None);
        return await ExistingSchema.EvidenceAsync(connection, SchemasOf(task), CancellationToken.None) == evidence;
    }
}
