namespace PluginUpgrade.Swaps.Verifying;

/// <summary>
/// Finds the name of the new schema in texts, where it does not follow the rename. The search path must be the new schema: then the server
/// shows references, which follow it, without the name.
/// </summary>
internal static class WrittenNames
{
    public static string Sql(int server) => $"""
        WITH {BuildSql.Pairs},
        written(what, text) AS (
          SELECT pg_catalog.format('function %I', f.proname), pg_catalog.concat_ws(' ', f.prosrc, f.proconfig::text,
            pg_catalog.pg_get_function_arguments(f.oid){(server >= 14 ? ", pg_catalog.pg_get_function_sqlbody(f.oid)" : "")})
          FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.next
          JOIN pg_catalog.pg_proc f ON f.tableoid = d.classid AND f.oid = d.objid
          WHERE NOT pg_catalog.starts_with(f.proname, 'krang_upgrade_capture') AND f.prokind <> 'a'
          UNION ALL
          SELECT pg_catalog.format('default of %I.%I', b.relname, a.attname), pg_catalog.pg_get_expr(x.adbin, x.adrelid)
          FROM built b JOIN pg_catalog.pg_attrdef x ON x.adrelid = b.oid
          JOIN pg_catalog.pg_attribute a ON a.attrelid = b.oid AND a.attnum = x.adnum
          UNION ALL
          SELECT pg_catalog.format('constraint %I of %I', x.conname, b.relname), pg_catalog.pg_get_expr(x.conbin, x.conrelid)
          FROM built b JOIN pg_catalog.pg_constraint x ON x.conrelid = b.oid AND x.conbin IS NOT NULL
          UNION ALL
          SELECT pg_catalog.format('index %s', x.indexrelid::regclass), pg_catalog.concat_ws(
            ' ', pg_catalog.pg_get_expr(x.indexprs, x.indrelid), pg_catalog.pg_get_expr(x.indpred, x.indrelid))
          FROM built b JOIN pg_catalog.pg_index x ON x.indrelid = b.oid
          UNION ALL
          SELECT pg_catalog.format('policy %I of %I', x.polname, b.relname), pg_catalog.concat_ws(
            ' ', pg_catalog.pg_get_expr(x.polqual, x.polrelid), pg_catalog.pg_get_expr(x.polwithcheck, x.polrelid))
          FROM built b JOIN pg_catalog.pg_policy x ON x.polrelid = b.oid
          UNION ALL
          SELECT pg_catalog.format('trigger %I of %I', x.tgname, b.relname), pg_catalog.pg_get_triggerdef(x.oid, true)
          FROM built b JOIN pg_catalog.pg_trigger x ON x.tgrelid = b.oid AND NOT x.tgisinternal
          UNION ALL
          SELECT pg_catalog.format('rule %I of %I', x.rulename, b.relname), pg_catalog.pg_get_ruledef(x.oid, true)
          FROM built b JOIN pg_catalog.pg_rewrite x ON x.ev_class = b.oid AND x.rulename <> '_RETURN'
          UNION ALL
          SELECT pg_catalog.format('view %I', b.relname), pg_catalog.pg_get_viewdef(b.oid) FROM built b WHERE b.relkind IN ('v', 'm')
          UNION ALL
          SELECT pg_catalog.format('foreign table %I', b.relname), x.ftoptions::text
          FROM built b JOIN pg_catalog.pg_foreign_table x ON x.ftrelid = b.oid
          UNION ALL
          SELECT pg_catalog.format('type %I', t.typname), pg_catalog.concat_ws(' ', t.typdefault, pg_catalog.pg_get_expr(x.conbin, 0))
          FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.next
          JOIN pg_catalog.pg_type t ON t.tableoid = d.classid AND t.oid = d.objid AND t.typtype = 'd'
          LEFT JOIN pg_catalog.pg_constraint x ON x.contypid = t.oid
          UNION ALL
          SELECT 'settings of ' || CASE s.setrole WHEN 0 THEN 'the database' ELSE pg_catalog.format(
                   'the role %I', pg_catalog.pg_get_userbyid(s.setrole)) END, s.setconfig::text
          FROM pg_catalog.pg_db_role_setting s
          WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())))
        SELECT DISTINCT what FROM written
        -- Not as the middle of a longer name.
        WHERE pg_catalog.strpos(text, $2) > 0 AND text ~ ('(^|[^[:alnum:]_$])' || pg_catalog.regexp_replace($2, '(\W)', '\\\1', 'g')
          || '($|[^[:alnum:]_$])')
        ORDER BY 1
        """;
}
