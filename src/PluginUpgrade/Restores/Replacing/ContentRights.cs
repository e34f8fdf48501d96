namespace PluginUpgrade.Restores.Replacing;

/// <summary>Rights on the contents of schemas, as opposed to rights on schemas themselves.</summary>
internal static class ContentRights
{
    /// <summary><c>$1</c>: the schemas. Objects of extensions are left out: their rights come from the extension.</summary>
    public const string Sql = """
        WITH space AS (
          SELECT n.oid, n.nspname FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        ), object AS (
          SELECT c.tableoid AS class, c.oid, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END ||
                   pg_catalog.format('%I.%I', s.nspname, c.relname) AS name, c.relacl AS acl,
                 pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner) AS usual
          FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          UNION ALL
          SELECT p.tableoid, p.oid, 'ROUTINE ' || pg_catalog.format('%I.%I(%s)', s.nspname, p.proname,
                   pg_catalog.pg_get_function_identity_arguments(p.oid)), p.proacl, pg_catalog.acldefault('f', p.proowner)
          FROM pg_catalog.pg_proc p JOIN space s ON s.oid = p.pronamespace
          UNION ALL
          SELECT t.tableoid, t.oid, 'TYPE ' || pg_catalog.format('%I.%I', s.nspname, t.typname), t.typacl,
                 pg_catalog.acldefault('T', t.typowner)
          FROM pg_catalog.pg_type t JOIN space s ON s.oid = t.typnamespace
          LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
          WHERE (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm' AND t.typelem = 0
        ), changed AS (
          SELECT o.* FROM object o
          WHERE o.acl IS NOT NULL AND NOT (o.acl @> o.usual AND o.usual @> o.acl)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e'))
        SELECT statement FROM (
          SELECT DISTINCT 1 AS turn, pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', c.name,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END) AS statement
          FROM changed c CROSS JOIN LATERAL pg_catalog.aclexplode(c.acl) a
          UNION ALL
          SELECT DISTINCT 2, pg_catalog.format('GRANT ALL ON %s TO %s', c.name,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
          FROM changed c CROSS JOIN LATERAL pg_catalog.aclexplode(c.usual) a) AS both_kinds
        ORDER BY turn, statement
        """;
}
