using Npgsql;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

/// <summary>
/// Steps whose declared changes are committed in phases. Between them the row is running, and its note says what is committed.
/// </summary>
public sealed partial class Journal
{
    /// <summary>As <see cref="Seal(UpgradeStep, string)"/>, of everything up to the module: the row stays running.</summary>
    public NpgsqlBatchCommand SealExpanded(UpgradeStep step, string transaction) =>
        Seal(step, "running", "note = $6", transaction, ((ApplySchema)step.Action with { IsExpanded = true }).Entry.Note);

    /// <summary>As <see cref="Seal(UpgradeStep, string)"/>, of the last phase.</summary>
    public NpgsqlBatchCommand SealContracted(UpgradeStep step, string transaction) =>
        Seal(step, "done", "finished_at = pg_catalog.clock_timestamp(), note = $6", transaction,
            ((ApplySchema)step.Action with { IsExpanded = false }).Entry.Note);

    /// <summary>The hash of the declared changes that are committed, where others of the version are left; null: none.</summary>
    public async Task<string?> ReadExpandedAsync(NpgsqlConnection connection, UpgradeStep step, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            SELECT note FROM {_table}
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state IN ('running', 'failed')
            """, Key(step)));
        return await batch.ExecuteScalarAsync(cancellationToken) is string note ? SliceNote.Expanded(note) : null;
    }

    /// <summary>Takes over a row whose first phase is committed. Committed by itself.</summary>
    /// <returns>Whether it is this run's now.</returns>
    public async Task<bool> GoOnAsync(NpgsqlConnection connection, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            UPDATE {_table} AS j SET state = 'running', run_id = $4, host = $5, error = NULL, finished_at = NULL,
              earlier = CASE WHEN j.run_id = $4 THEN j.earlier ELSE {Earlier} END
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state IN ('running', 'failed')
              AND pg_catalog.starts_with(j.note, '{SliceNote.ExpandedWords}')
            RETURNING 1
            """, [.. Key(step), run, JournalText.WhoAndWhere(Operator.Name, Environment.MachineName)]));
        return await batch.ExecuteScalarAsync(cancellationToken) is 1;
    }

    /// <summary>Locks the row for the last phase, in the open transaction.</summary>
    /// <returns>The transaction's id; null where the row no longer belongs to this run.</returns>
    public async Task<string?> HoldExpandedAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            SELECT pg_catalog.pg_current_xact_id()::text FROM {_table} AS j
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running' AND run_id = $4
              AND pg_catalog.starts_with(j.note, '{SliceNote.ExpandedWords}') FOR UPDATE
            """, [.. Key(step), run]));
        return await batch.ExecuteScalarAsync(cancellationToken) as string;
    }
}
