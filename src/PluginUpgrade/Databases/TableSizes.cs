using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Finds large tables, of all schemas of a database together.</summary>
internal static class TableSizes
{
    /// <param name="schemas">The schemas to look in.</param>
    /// <param name="tables">The tables to look at, in each of the schemas.</param>
    /// <param name="bytes">With their indexes left out, they are larger than this.</param>
    public static async Task<IReadOnlyList<(string Schema, string Table)>> LargerAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, IReadOnlyList<string> tables, long bytes,
        CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var found = batch.Add("""
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
            WHERE n.nspname = ANY ($1::text[]) AND c.relname = ANY ($2::text[]) AND c.relkind = 'r'
              AND pg_catalog.pg_table_size(c.oid) > $3
            """, row => (row.GetString(0), row.GetString(1)), Sql.Array(schemas), Sql.Array(tables), bytes);
        await batch.ReadAsync(cancellationToken);
        return [.. found];
    }
}
