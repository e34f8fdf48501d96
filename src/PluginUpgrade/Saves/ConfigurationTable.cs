using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves;

/// <summary>
/// A table of an extension of which rows are saved (<c>pg_extension_config_dump</c>). Creating the extension fills it, so such rows are
/// removed before the saved ones are inserted.
/// </summary>
/// <param name="Name">Qualified and quoted.</param>
/// <param name="Condition">Which rows are saved: <c>WHERE …</c>; empty: all.</param>
internal sealed record ConfigurationTable(string Space, string Name, string Extension, string Condition)
{
    /// <param name="schemas">Null: the whole database.</param>
    public static async Task<IReadOnlyList<ConfigurationTable>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string>? schemas, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT n.nspname, pg_catalog.format('%I.%I', n.nspname, c.relname), e.extname, coalesce(x.condition, '')
            FROM pg_catalog.pg_extension e
            CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS x(table_oid, condition)
            JOIN pg_catalog.pg_class c ON c.oid = x.table_oid AND c.relkind IN ('r', 'p')
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE $1::text[] IS NULL OR n.nspname = ANY ($1::text[])
            ORDER BY 2
            """, connection)
        {
            Parameters = { new() { Value = schemas is null ? DBNull.Value : Sql.Array(schemas), DataTypeName = "text" } },
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<ConfigurationTable> tables = [];
        while (await reader.ReadAsync(cancellationToken))
            tables.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return tables;
    }

    public async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM {Name} {Condition}", connection) { CommandTimeout = 0 };
        return (long)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    public string EmptySql => $"DELETE FROM {Name} {Condition}";
}
