namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>
/// A schema, down to which transaction wrote each row of it and of its catalogue entries: equal digests mean that nobody has written to it.
/// </summary>
public static class SchemaDigest
{
    public static async Task<string> OfAsync(string database, string schema, CancellationToken cancellationToken)
    {
        await using var connection = await Ask.OpenAsync(database, cancellationToken);
        var quoted = Ask.Quote(schema);
        List<string> lines = await Ask.TextsAsync(connection, $"""
            SELECT concat_ws(' ', c.relname, c.relkind, c.xmin, a.attname, a.atttypid::regtype, a.attnotnull, a.xmin,
              pg_get_expr(d.adbin, d.adrelid))
            FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = '{quoted}'::regnamespace ORDER BY c.relname, a.attnum
            """, cancellationToken);
        var tables = await Ask.TextsAsync(connection,
            $"SELECT relname FROM pg_class WHERE relnamespace = '{quoted}'::regnamespace AND relkind = 'r' ORDER BY 1", cancellationToken);
        foreach (var table in tables)
            lines.AddRange(await Ask.TextsAsync(connection,
                $"SELECT concat_ws(' ', '{table}', t.ctid, t.xmin, t.xmax, t::text) FROM {quoted}.{Ask.Quote(table)} t ORDER BY t.ctid",
                cancellationToken));
        return string.Join('\n', lines);
    }
}
