namespace PluginUpgrade.Bench.Fleets;

/// <summary>Describes tables so that two contenders' can be compared.</summary>
internal static class Shape
{
    /// <summary>Columns, constraints and indexes of the CMS and of the journal, whatever else lies there.</summary>
    public static string Sql(string schema) => $"""
        SET search_path = {schema};
        WITH tables AS (
          SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname IN (
            'author', 'story', 'comment', 'tag', 'story_tag', 'published_story', 'krang_upgrade_journal'))
        SELECT string_agg(line, chr(10) ORDER BY line) FROM (
          SELECT concat_ws(' ', relname, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) AS line
          FROM tables JOIN pg_attribute a ON attrelid = oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attnum > 0
          UNION ALL SELECT concat_ws(' ', relname, pg_get_constraintdef(c.oid)) FROM tables t JOIN pg_constraint c ON conrelid = t.oid
          UNION ALL SELECT concat_ws(' ', relname, pg_get_indexdef(indexrelid)) FROM tables JOIN pg_index ON indrelid = oid) lines
        """;

    /// <summary>The journal's part of it, and the rest.</summary>
    public static (string Journal, string Cms) Split(string shape)
    {
        var lines = shape.Split('\n').ToLookup(line => line.StartsWith("krang_upgrade_journal", StringComparison.Ordinal));
        return (string.Join('\n', lines[true]), string.Join('\n', lines[false]));
    }
}
