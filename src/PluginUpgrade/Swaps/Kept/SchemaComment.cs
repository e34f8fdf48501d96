using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.Kept;

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

    /// <param name="comment">Null: none. The server itself quotes it.</param>
    public static async Task WriteAsync(
        NpgsqlConnection connection, string schema, string? comment, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT pg_catalog.format('COMMENT ON SCHEMA %I IS %L', $1::text, $2::text)", connection)
        {
            Parameters = { new() { Value = schema }, new() { Value = comment ?? (object)DBNull.Value, DataTypeName = "text" } },
        };
        await Sql.ExecuteAsync(connection, (string)(await query.ExecuteScalarAsync(cancellationToken))!, cancellationToken);
    }

    /// <summary>The server's time.</summary>
    public static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT pg_catalog.clock_timestamp()", connection);
        return new DateTimeOffset((DateTime)(await query.ExecuteScalarAsync(cancellationToken))!);
    }
}
