using Npgsql;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

/// <summary>Steps outside a transaction: their intent, their end, and the cursors of their batches.</summary>
public sealed partial class Journal
{
    /// <summary>
    /// Claims a step outside a transaction, and commits the claim by itself: the intent. If another run takes over the row, it writes its
    /// own run id, and <see cref="CloseAsync"/> of this run finds no row.
    /// </summary>
    public async Task<bool> OpenAsync(NpgsqlConnection connection, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Claim(step, run));
        return await batch.ExecuteScalarAsync(cancellationToken) is string;
    }

    /// <summary>Records a step outside a transaction as done.</summary>
    /// <returns>False where the row no longer belongs to this run.</returns>
    public async Task<bool> CloseAsync(NpgsqlConnection connection, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            UPDATE {_table} SET state = 'done', finished_at = pg_catalog.clock_timestamp()
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running' AND run_id = $4
            RETURNING 1, {Durable}
            """, [.. Key(step), run]));
        return await batch.ExecuteScalarAsync(cancellationToken) is 1;
    }

    /// <summary>The progress of a loop of batches: its cursor, and whether it has ended.</summary>
    public async Task<(string? Cursor, bool Ended)> ReadCursorAsync(
        NpgsqlConnection connection, UpgradeStep step, string name, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            SELECT cursors -> $4 ->> 'cursor'::text, coalesce((cursors -> $4 ->> 'ended'::text)::boolean, false)
            FROM {_table} WHERE scope = $1 AND component = $2 AND version_key = $3
            """, [.. Key(step), name]));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return (null, false);
        return (reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetBoolean(1));
    }

    /// <summary>
    /// Writes a loop's cursor and commits, in one round trip. As with the seal, the commit is not reached if the row belongs to another
    /// run.
    /// </summary>
    /// <param name="cursor">Null: the loop has ended.</param>
    public async Task WriteCursorAndCommitAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string name, string? cursor, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(WriteCursor(step, run, name, cursor));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlBatchCommand WriteCursor(UpgradeStep step, Guid run, string name, string? cursor) => Command($"""
        WITH written AS (
          UPDATE {_table}
          SET cursors = pg_catalog.jsonb_set(
            cursors, ARRAY[$5], pg_catalog.jsonb_build_object('cursor', nullif($6, ''), 'ended', $7::boolean))
          WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running' AND run_id = $4
          RETURNING 1)
        SELECT 1 / pg_catalog.count(*) FROM written
        """, [.. Key(step), run, name, cursor ?? "", cursor is null]);
}
