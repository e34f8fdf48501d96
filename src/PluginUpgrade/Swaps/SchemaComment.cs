using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps;

/// <summary>The comments of schemas, which hold the notes on what is kept.</summary>
internal static class SchemaComment
{
    public static async Task<string?> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(
            "SELECT pg_catalog.obj_description(n.oid, 'pg_namespace') FROM pg_catalog.pg_namespace n WHERE n.nspname = $1", connection)
        {
            Parameters = { new() { Value = schema } },
        };
        return await query.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <param name="comment">Null: none.</param>
    public static string WriteSql(string schema, string? comment) =>
        $"COMMENT ON SCHEMA {PostgresName.Quote(schema)} IS {(comment is null ? "NULL" : Sql.Literal(comment))}";
}
