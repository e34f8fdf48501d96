using Npgsql;

namespace PluginUpgrade.Swaps;

/// <summary>How many rows the server's statistics have counted as inserted, updated or deleted in a schema. They lag, and a crash resets
/// them: only an estimate.</summary>
internal static class WrittenRows
{
    public static async Task<long> CountAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT coalesce(pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0)::bigint
            FROM pg_catalog.pg_stat_all_tables s WHERE s.schemaname = $1 AND s.relname <> $2
            """, connection)
        {
            Parameters = { new() { Value = schema }, new() { Value = Journals.Journal.TableName } },
        };
        return (long)(await query.ExecuteScalarAsync(cancellationToken))!;
    }
}
