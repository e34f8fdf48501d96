namespace PluginUpgrade.Swaps.Verifying;

/// <summary>
/// Statements that give owners, rights, row security and replica identity of live objects to new ones of the same name and kind. Rights
/// that the build granted stay. Rights that every object has at first, and that were taken from the live one, are taken from the new one.
/// </summary>
internal static class CopiedRights
{
    public static readonly string Sql = $"""
        WITH {BuildSql.Pairs},
        routine AS (
          SELECT x.oid, x.proname, x.proowner, x.proacl, x.pronamespace, pg_catalog.pg_get_function_identity_arguments(x.oid) AS arguments,
            (SELECT pg_catalog.string_agg(
               CASE WHEN t.typnamespace IN (p.live, p.next) THEN '' ELSE t.typnamespace::text END || '.' || t.typname, ',' ORDER BY a.i)
             FROM pg_catalog.unnest(x.proargtypes) WITH ORDINALITY a(type, i) JOIN pg_catalog.pg_type t ON t.oid = a.type) AS signature
          FROM place p
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid IN (p.live, p.next)
          JOIN pg_catalog.pg_proc x ON x.tableoid = d.classid AND x.oid = d.objid),
        object AS (
          SELECT CASE p.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
                 CASE n.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS altered,
                 pg_catalog.format('%I.%I', $2, p.relname) AS name, l.relowner AS owner, n.relowner AS maker, l.relacl AS rights,
                 n.relacl AS given, CASE p.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS letter,
                 -- The sequence of a column has the owner of its table.
                 EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = n.tableoid AND d.objid = n.oid AND d.refclassid = n.tableoid
                           AND d.deptype IN ('a', 'i') AND n.relkind = 'S') AS follows
          FROM pair p JOIN pg_catalog.pg_class l ON l.oid = p.oid JOIN pg_catalog.pg_class n ON n.oid = p.twin
          WHERE p.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          UNION ALL
          SELECT 'ROUTINE', 'ROUTINE', pg_catalog.format('%I.%I(%s)', $2, n.proname, n.arguments), l.proowner, n.proowner,
                 l.proacl, n.proacl, 'f', false
          FROM place p JOIN routine l ON l.pronamespace = p.live
          JOIN routine n ON n.pronamespace = p.next AND n.proname = l.proname AND n.signature IS NOT DISTINCT FROM l.signature
          UNION ALL
          SELECT 'TYPE', 'TYPE', pg_catalog.format('%I.%I', $2, n.typname), l.typowner, n.typowner, l.typacl, n.typacl, 'T', false
          FROM place p
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.next
          JOIN pg_catalog.pg_type n ON n.tableoid = d.classid AND n.oid = d.objid
          JOIN pg_catalog.pg_type l ON l.typname = n.typname AND l.typnamespace = (SELECT live FROM place) AND l.typtype = n.typtype
          LEFT JOIN pg_catalog.pg_class c ON c.oid = n.typrelid
          WHERE (n.typrelid = 0 OR c.relkind = 'c') AND n.typtype <> 'm' AND n.typelem = 0),
        has AS (
          SELECT o.name, CASE a.grantee WHEN o.maker THEN o.owner ELSE a.grantee END AS grantee, a.privilege_type, a.is_grantable
          FROM object o CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(o.given, pg_catalog.acldefault(o.letter, o.maker))) a),
        wants AS (
          SELECT o.kind, o.name, a.grantee, a.privilege_type, a.is_grantable
          FROM object o CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(o.rights, pg_catalog.acldefault(o.letter, o.owner))) a),
        usual AS (
          SELECT o.kind, o.name, a.grantee, a.privilege_type
          FROM object o CROSS JOIN LATERAL pg_catalog.aclexplode(pg_catalog.acldefault(o.letter, o.owner)) a),
        statement(turn, text) AS (
          SELECT 1, pg_catalog.format('ALTER %s %s OWNER TO %I', altered, name, pg_catalog.pg_get_userbyid(owner))
          FROM object WHERE owner <> maker AND NOT follows
          UNION ALL
          SELECT 2, pg_catalog.format('REVOKE %s ON %s %s FROM %s', u.privilege_type, u.kind, u.name, {Grantee("u.grantee")})
          FROM usual u JOIN has USING (name, grantee, privilege_type)
          WHERE NOT EXISTS (SELECT FROM wants w WHERE w.name = u.name AND w.kind = u.kind AND w.grantee = u.grantee
                              AND w.privilege_type = u.privilege_type)
          UNION ALL
          SELECT 3, pg_catalog.format('GRANT %s ON %s %s TO %s%s', w.privilege_type, w.kind, w.name, {Grantee("w.grantee")},
                                      CASE WHEN w.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM wants w
          WHERE (w.grantee = 0 OR w.grantee IN (SELECT oid FROM pg_catalog.pg_roles)) AND NOT EXISTS (
            SELECT FROM has h WHERE h.name = w.name AND h.grantee = w.grantee AND h.privilege_type = w.privilege_type
              AND h.is_grantable >= w.is_grantable)
          UNION ALL
          SELECT 4, pg_catalog.format('GRANT %s (%I) ON TABLE %I.%I TO %s%s', a.privilege_type, n.attname, $2, p.relname,
                                      {Grantee("a.grantee")}, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM pair p JOIN pg_catalog.pg_attribute l ON l.attrelid = p.oid AND l.attacl IS NOT NULL AND NOT l.attisdropped
          JOIN pg_catalog.pg_attribute n ON n.attrelid = p.twin AND n.attname = l.attname AND NOT n.attisdropped
          CROSS JOIN LATERAL pg_catalog.aclexplode(l.attacl) a
          WHERE (a.grantee = 0 OR a.grantee IN (SELECT oid FROM pg_catalog.pg_roles)) AND NOT EXISTS (
            SELECT FROM pg_catalog.aclexplode(n.attacl) h WHERE h.grantee = a.grantee AND h.privilege_type = a.privilege_type
              AND h.is_grantable >= a.is_grantable)
          UNION ALL
          SELECT 5, pg_catalog.format('ALTER TABLE %I.%I %s ROW LEVEL SECURITY', $2, p.relname, x.word)
          FROM pair p JOIN pg_catalog.pg_class l ON l.oid = p.oid JOIN pg_catalog.pg_class n ON n.oid = p.twin
          CROSS JOIN LATERAL (VALUES ('ENABLE', l.relrowsecurity AND NOT n.relrowsecurity),
                                     ('FORCE', l.relforcerowsecurity AND NOT n.relforcerowsecurity)) AS x(word, is_missing)
          WHERE x.is_missing
          UNION ALL
          SELECT 6, pg_catalog.format('ALTER TABLE %I.%I REPLICA IDENTITY ', $2, p.relname)
            || CASE l.relreplident WHEN 'i' THEN pg_catalog.format('USING INDEX %I', x.relname) ELSE 'FULL' END
          FROM pair p JOIN pg_catalog.pg_class l ON l.oid = p.oid JOIN pg_catalog.pg_class n ON n.oid = p.twin
          LEFT JOIN pg_catalog.pg_index i ON i.indrelid = l.oid AND i.indisreplident
          LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
          WHERE n.relreplident = 'd' AND (l.relreplident = 'f' OR l.relreplident = 'i' AND EXISTS (
            SELECT FROM pg_catalog.pg_index j JOIN pg_catalog.pg_class y ON y.oid = j.indexrelid
            WHERE j.indrelid = n.oid AND y.relname = x.relname AND j.indisunique AND j.indimmediate AND j.indpred IS NULL)))
        SELECT text FROM statement ORDER BY turn, text
        """;

    private static string Grantee(string column) =>
        $"CASE {column} WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid({column})) END";
}
