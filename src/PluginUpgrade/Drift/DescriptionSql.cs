using PluginUpgrade.Journals;

namespace PluginUpgrade.Drift;

/// <summary>
/// The queries that describe schemas, whose names are <c>$1</c>. They read only the system catalogues. Where a schema is first on the
/// search path, names in it are written without it; else they are qualified.
/// </summary>
internal static class DescriptionSql
{
    /// <summary>What belongs to an extension, and krang-upgrade's own table, is not part of the schema.</summary>
    private static string Own(string row, string catalogue) => $"""
        {row}.oid NOT IN (SELECT objid FROM pg_catalog.pg_depend
                          WHERE classid = 'pg_catalog.{catalogue}'::pg_catalog.regclass AND deptype = 'e')
        """;

    private static readonly string Tables = $"""
        tables AS MATERIALIZED (
          SELECT n.nspname, c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'f')
            AND c.relname <> '{Journal.TableName}' AND {Own("c", "pg_class")})
        """;

    private static readonly string Items = $"""
        SELECT n.nspname::text AS schema, {(int)SchemaItemKind.Enum} AS kind, ''::text AS owner, t.typname::text AS name,
               ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS parts
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = ANY ($1::text[]) AND t.typtype = 'e' AND {Own("t", "pg_type")}
        UNION ALL
        SELECT n.nspname, {(int)SchemaItemKind.Type}, '', t.typname, ARRAY[t.typtype::text]
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
        WHERE n.nspname = ANY ($1::text[]) AND (t.typtype IN ('d', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND {Own("t", "pg_type")}
        UNION ALL
        SELECT n.nspname, {(int)SchemaItemKind.Sequence}, '', c.relname, ARRAY['']
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1::text[]) AND c.relkind = 'S' AND {Own("c", "pg_class")}
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype IN ('i', 'a') AND d.refobjsubid > 0)
        UNION ALL
        SELECT n.nspname, {(int)SchemaItemKind.Function}, '', p.oid::pg_catalog.regprocedure::text, ARRAY[p.prokind::text]
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = ANY ($1::text[]) AND {Own("p", "pg_proc")}
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Table}, t.relname, t.relname,
               ARRAY[concat_ws(' ', CASE t.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' END,
                     CASE t.relpersistence WHEN 'u' THEN 'unlogged' END,
                     CASE WHEN t.relrowsecurity THEN 'row security' END, CASE WHEN t.relforcerowsecurity THEN 'forced' END)]
        FROM tables t
        UNION ALL
        SELECT n.nspname, {(int)SchemaItemKind.View}, '', c.relname, ARRAY[c.relkind::text]
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('v', 'm') AND {Own("c", "pg_class")}
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Column}, t.relname, a.attname, ARRAY[
               pg_catalog.format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::pg_catalog.regcollation::text ELSE '' END,
               CASE WHEN a.attgenerated = '' THEN coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') ELSE '' END,
               a.attidentity::text,
               CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) ELSE '' END,
               CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE '' END]
        FROM tables t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Constraint}, t.relname, k.conname, ARRAY[pg_catalog.pg_get_constraintdef(k.oid)]
        FROM tables t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Index}, t.relname, i.relname, ARRAY[
               pg_catalog.replace(pg_catalog.pg_get_indexdef(i.oid), ' ON ' || pg_catalog.quote_ident(t.nspname) || '.', ' ON '),
               CASE WHEN NOT x.indisvalid THEN 'invalid' ELSE '' END]
        FROM tables t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.conrelid = t.oid
                          AND k.contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Trigger}, t.relname, g.tgname, ARRAY['']
        FROM tables t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Policy}, t.relname, p.polname, ARRAY['']
        FROM tables t JOIN pg_catalog.pg_policy p ON p.polrelid = t.oid
        UNION ALL
        SELECT t.nspname, {(int)SchemaItemKind.Comment}, t.relname, coalesce(a.attname, ''), ARRAY[d.description]
        FROM tables t JOIN pg_catalog.pg_description d
          ON d.objoid = t.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.objsubid AND d.objsubid > 0
        """;

    /// <summary>One row for each item: kind, table, name, parts.</summary>
    public static readonly string Whole = $"WITH {Tables} SELECT kind, owner, name, parts FROM ({Items}) items ORDER BY 1, 2, 3";

    /// <summary>
    /// One row for each schema that has anything: equal for equal descriptions. With nothing but PostgreSQL's own objects on the search
    /// path, the schema's name stands before each name in it, and is left out.
    /// </summary>
    public static readonly string Digests = $"""
        WITH {Tables} SELECT schema, pg_catalog.md5(pg_catalog.string_agg(pg_catalog.replace(
          pg_catalog.format('%s %L %L %L', kind, owner, name, parts), pg_catalog.quote_ident(schema) || '.', '.'),
          E'\n' ORDER BY kind, owner COLLATE "C", name COLLATE "C"))
        FROM ({Items}) items GROUP BY schema
        """;
}
