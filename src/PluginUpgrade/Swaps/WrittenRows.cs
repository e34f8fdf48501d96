using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps;

/// <summary>
/// How many rows the server's statistics have counted as inserted, updated or deleted in a schema. They lag, and a crash resets them: only
/// an estimate.
/// </summary>
internal static class WrittenRows
{
    /// <param name="without">Tables that the exchange moves: their counters travel along, and what is written to them stays live.</param>
    public static async Task<long> CountAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken, IReadOnlyList<string>? without = null)
    {
        await using var query = new NpgsqlCommand("""
            SELECT coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
              + pg_catalog.pg_stat_get_tuples_deleted(c.oid)), 0)::bigint
            FROM pg_catalog.pg_namespace n
            JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid
            JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid AND c.relkind IN ('r', 'm')
            WHERE n.nspname = $1 AND c.relname <> $2 AND c.relname <> ALL ($3::text[])
            """, connection)
        {
            Parameters =
            {
                new() { Value = schema }, new() { Value = Journal.TableName }, new() { Value = Sql.Array(without ?? []) },
            },
            CommandTimeout = Sql.LimitOf(connection),
        };
        return (long)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Of all schemas of the database.</summary>
    public static async Task<long> CountAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT coalesce(pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0)::bigint
            FROM pg_catalog.pg_stat_user_tables s WHERE s.relname <> $1
            """, connection)
        {
            Parameters = { new() { Value = Journal.TableName } },
            CommandTimeout = Sql.LimitOf(connection),
        };
        return (long)(await query.ExecuteScalarAsync(cancellationToken))!;
    }
}
