using Npgsql;
using PluginUpgrade;

namespace Replica.Upgrade;

/// <summary>Replays what the old catalogue has stored. A batch is replayed whole, in the transaction of one call.</summary>
internal static class Replay
{
    private const int BatchesInACall = 10;

    /// <returns>Whether nothing is left.</returns>
    public static async Task<bool> NextBatchesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var batches = await NextAsync(connection, cancellationToken);
        foreach (var batch in batches)
        {
            foreach (var row in await RowsAsync(connection, batch, cancellationToken))
                await ReplayAsync(connection, row, cancellationToken);
            await ExecuteAsync(connection, "DELETE FROM log_row WHERE batch_id = $1", batch, cancellationToken);
            await ExecuteAsync(connection, "UPDATE batch SET replayed_at = now() WHERE batch_id = $1", batch, cancellationToken);
        }
        return batches.Count < BatchesInACall;
    }

    private static async Task<List<long>> NextAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT batch_id FROM batch WHERE replayed_at IS NULL ORDER BY log_file, log_position, batch_id LIMIT {BatchesInACall}
            """, connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<long> batches = [];
        while (await reader.ReadAsync(cancellationToken)) batches.Add(reader.GetInt64(0));
        return batches;
    }

    private sealed record Row(string Table, string? Removed, string? Added);

    private static async Task<List<Row>> RowsAsync(NpgsqlConnection connection, long batch, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT s.destination_schema, t.name, l.removed::text, l.added::text
            FROM log_row AS l JOIN replicated_table AS t USING (table_id) JOIN source AS s USING (source_id)
            WHERE l.batch_id = $1 ORDER BY l.log_row_id
            """, connection) { Parameters = { new() { Value = batch } } };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<Row> rows = [];
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new Row(
                $"{PostgresName.Quote(reader.GetString(0))}.{PostgresName.Quote(reader.GetString(1))}",
                reader.IsDBNull(2) ? null : reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
        return rows;
    }

    private static async Task ReplayAsync(NpgsqlConnection connection, Row row, CancellationToken cancellationToken)
    {
        if (row.Removed is not null)
            await ExecuteAsync(
                connection, $"DELETE FROM {row.Table} AS t WHERE to_jsonb(t) = $1::jsonb", row.Removed, cancellationToken);
        if (row.Added is not null)
            await ExecuteAsync(
                connection, $"INSERT INTO {row.Table} SELECT * FROM jsonb_populate_record(NULL::{row.Table}, $1::jsonb)",
                row.Added, cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, object value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
