namespace PluginUpgrade.Saves;

/// <summary>
/// How many of a server's locks a transaction takes that drops everything in a schema (each relation, type, constraint, default and so on)
/// and creates it again (each relation): all are held until the commit.
/// </summary>
internal static class RestoreLocks
{
    /// <summary>By schema: locks for dropping, and for creating. A table with its TOAST table and that one's index counts three.</summary>
    public const string Sql = """
        SELECT n.nspname, sum(o.dropping)::bigint, sum(o.making)::bigint FROM (
          SELECT relnamespace AS schema, sum(CASE WHEN reltoastrelid <> 0 THEN 3 ELSE 1 END) AS dropping,
                 sum(CASE WHEN reltoastrelid <> 0 THEN 3 ELSE 1 END) AS making FROM pg_catalog.pg_class GROUP BY 1
          UNION ALL SELECT typnamespace, count(*), 0 FROM pg_catalog.pg_type GROUP BY 1
          UNION ALL SELECT pronamespace, count(*), 0 FROM pg_catalog.pg_proc GROUP BY 1
          UNION ALL SELECT connamespace, count(*), 0 FROM pg_catalog.pg_constraint GROUP BY 1
          UNION ALL SELECT c.relnamespace, count(*), 0
            FROM pg_catalog.pg_attrdef x JOIN pg_catalog.pg_class c ON c.oid = x.adrelid GROUP BY 1
          UNION ALL SELECT c.relnamespace, count(*), 0
            FROM pg_catalog.pg_trigger x JOIN pg_catalog.pg_class c ON c.oid = x.tgrelid GROUP BY 1
          UNION ALL SELECT c.relnamespace, count(*), 0
            FROM pg_catalog.pg_rewrite x JOIN pg_catalog.pg_class c ON c.oid = x.ev_class GROUP BY 1) AS o
        JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
        WHERE CASE WHEN $1::text[] IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                   ELSE n.nspname = ANY ($1::text[]) END
        GROUP BY n.nspname
        """;
}
