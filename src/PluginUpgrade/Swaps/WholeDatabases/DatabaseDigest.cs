using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>A digest of what the catalogs say of a whole database: of all its schemas, extensions and event triggers.</summary>
internal static class DatabaseDigest
{
    public static async Task<string> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var schema in await SchemasAsync(connection, cancellationToken))
            text.Append(schema).Append(' ')
                .AppendLine(await SchemaDigest.ReadAsync(connection, schema, cancellationToken, DatabaseCapture.Schema));
        await using (var query = new NpgsqlCommand(BesidesSql, connection) { CommandTimeout = Sql.LimitOf(connection) })
            text.Append(await query.ExecuteScalarAsync(cancellationToken));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>All schemas with objects of users, by name.</summary>
    public static async Task<IReadOnlyList<string>> SchemasAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT nspname::text FROM pg_catalog.pg_namespace
            WHERE NOT pg_catalog.starts_with(nspname, 'pg_') AND nspname <> ALL (ARRAY['information_schema', '{DatabaseCapture.Schema}'])
            ORDER BY nspname COLLATE "C"
            """, connection) { CommandTimeout = Sql.LimitOf(connection) };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> schemas = [];
        while (await reader.ReadAsync(cancellationToken)) schemas.Add(reader.GetString(0));
        return schemas;
    }

    private const string BesidesSql = """
        SELECT pg_catalog.concat(
          (SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(e)::text, ' ' ORDER BY e.oid) FROM pg_catalog.pg_extension e),
          (SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(t)::text, ' ' ORDER BY t.oid) FROM pg_catalog.pg_event_trigger t),
          (SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(p)::text, ' ' ORDER BY p.oid) FROM pg_catalog.pg_publication p))
        """;
}
