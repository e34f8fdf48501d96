using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Drift;

/// <summary>
/// Describes schemas, in an open transaction. Until it ends, PostgreSQL holds the tables as for a SELECT: nobody who writes waits.
/// </summary>
internal static class Description
{
    public static async Task<IReadOnlyList<SchemaItem>> ReadAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        AddPath(batch, schema);
        var items = batch.Add(DescriptionSql.Whole, row => new SchemaItem(
            (SchemaItemKind)row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetFieldValue<string[]>(3)),
            Sql.Array([schema]));
        await batch.ReadAsync(cancellationToken);
        return items;
    }

    /// <summary>A digest for each schema, in one query: equal ones have equal descriptions.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> DigestsAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        AddPath(batch, "pg_catalog");
        var rows = batch.Add(DescriptionSql.Digests, row => (row.GetString(0), row.GetString(1)), Sql.Array(schemas));
        await batch.ReadAsync(cancellationToken);
        return rows.ToDictionary(row => row.Item1, row => row.Item2);
    }

    private static void AddPath(QueryBatch batch, string schema) => batch.Add(
        "SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident($1), true)", row => row.GetString(0), schema);
}
