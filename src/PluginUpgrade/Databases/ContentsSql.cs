namespace PluginUpgrade.Databases;

/// <summary>The queries for a database's contents. Each scans a catalog at most once.</summary>
internal static class ContentsSql
{
    /// <summary>Returns a row where the slower <see cref="InvalidIndexes"/> is worth asking.</summary>
    public const string AnyInvalidIndex = "SELECT 1 WHERE EXISTS (SELECT FROM pg_catalog.pg_index i WHERE NOT i.indisvalid)";

    /// <summary>Without indexes that are being built now, and without partitioned indexes that wait for their partitions.</summary>
    public const string InvalidIndexes = """
        SELECT n.nspname::text, c.relname::text, t.relname::text
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
        WHERE NOT i.indisvalid
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
        ORDER BY 1, 2
        """;

    public const string TablesOfOtherRoles = """
        SELECT n.nspname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, pg_catalog.min(c.relname)::text, pg_catalog.count(*)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relowner = ANY (ARRAY(SELECT oid FROM pg_catalog.pg_roles WHERE NOT pg_catalog.pg_has_role(oid, 'USAGE')))
          AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        GROUP BY 1, 2 ORDER BY 1, 2
        """;

    public const string Sizes = """
        SELECT n.nspname::text, pg_catalog.count(*)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
        GROUP BY 1 ORDER BY 2 DESC LIMIT 1000
        """;

    /// <summary>Finds journals by the index on relation names. Only schemas that are no target's are looked up in other catalogs.</summary>
    public const string Journals = """
        WITH strange AS MATERIALIZED (
          SELECT c.oid, c.relnamespace, n.nspname::text
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_description d
            ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0 AND d.description = $2
          LEFT JOIN pg_catalog.unnest($3::text[]) AS known(name) ON known.name = n.nspname
          WHERE c.relname = $1 AND c.relkind = 'r' AND known.name IS NULL)
        SELECT nspname FROM strange
        WHERE NOT pg_catalog.row_security_active(oid)
          AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = oid AND a.attname = 'scope' AND a.atttypid = 'text'::regtype)
          AND pg_catalog.has_table_privilege(oid, 'SELECT') AND pg_catalog.has_schema_privilege(relnamespace, 'USAGE')
        ORDER BY 1
        """;
}
