namespace PluginUpgrade.Swaps;

/// <summary>The queries of <see cref="SwapStatements"/>: each returns the turn of a statement, and the statement.</summary>
internal static class SwapStatementsSql
{
    /// <summary><c>$1</c>: from which schema, <c>$2</c>: to which, <c>$3</c>: the carried tables.</summary>
    public const string Places = """
        place AS (
          SELECT f.oid AS source, f.nspname AS "from", t.oid AS target, t.nspname AS "to"
          FROM pg_catalog.pg_namespace f CROSS JOIN pg_catalog.pg_namespace t WHERE f.nspname = $1 AND t.nspname = $2),
        relation AS (
          SELECT p."from", p."to", p.target, c.oid, c.relname, c.relkind,
            c.relname = ANY ($3::text[]) AND c.relkind IN ('r', 'p') AS carried
          FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.source
            AND d.classid = 'pg_catalog.pg_class'::regclass
          JOIN pg_catalog.pg_class c ON c.oid = d.objid WHERE d.deptype = 'n' AND c.relkind IN ('r', 'p', 'S')),
        pair AS (
          SELECT r.*, n.oid AS twin FROM relation r
          -- As one value, so that the whole index is used: thousands of schemas may have a table of that name.
          JOIN pg_catalog.pg_class n ON n.relname = r.relname AND n.relnamespace = (SELECT target FROM place)
            AND (n.relkind IN ('r', 'p')) = (r.relkind IN ('r', 'p')) AND (n.relkind = 'S') = (r.relkind = 'S')
          WHERE NOT r.carried)
        """;

    public const string Captures = $"""
        SELECT 1, pg_catalog.format('DROP TRIGGER %I ON %I.%I', x.tgname, r."from", r.relname)
        FROM relation r JOIN pg_catalog.pg_trigger x ON x.tgrelid = r.oid AND NOT x.tgisinternal AND x.tgparentid = 0
        JOIN pg_catalog.pg_proc f ON f.oid = x.tgfoid AND f.pronamespace = r.target
        UNION ALL
        SELECT 2, pg_catalog.format('DROP ROUTINE %I.%I(%s)', p."to", f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid))
        FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.target
        JOIN pg_catalog.pg_proc f ON f.tableoid = d.classid AND f.oid = d.objid
          AND pg_catalog.starts_with(f.proname, '{CaptureNames.Trigger}')
        UNION ALL
        SELECT 3, pg_catalog.format('DROP TABLE %I.%I', p."to", c.relname)
        FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.target
        JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid AND c.relkind = 'r'
          AND pg_catalog.starts_with(c.relname, '{CaptureNames.Trigger}')
        """;

    /// <summary>
    /// A sequence takes the position of its twin if that is further in its own direction, which may be downwards. One that starts again at
    /// its end has no direction: it takes the position in any case.
    /// </summary>
    public const string Moves = """
        SELECT 4, pg_catalog.format(
          'SELECT pg_catalog.setval(%L, f.last_value, f.is_called) FROM %I.%I AS f, %I.%I AS t WHERE %s',
          pg_catalog.format('%I.%I', r."to", r.relname), r."from", r.relname, r."to", r.relname,
          CASE WHEN s.seqcycle AND n.seqcycle THEN 'true'
               WHEN n.seqincrement > 0 THEN 'f.last_value > t.last_value OR f.last_value = t.last_value AND f.is_called AND NOT t.is_called'
               ELSE 'f.last_value < t.last_value OR f.last_value = t.last_value AND f.is_called AND NOT t.is_called' END)
        FROM pair r JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid JOIN pg_catalog.pg_sequence n ON n.seqrelid = r.twin
        WHERE r.relkind = 'S' AND pg_catalog.sign(s.seqincrement) = pg_catalog.sign(n.seqincrement) AND NOT EXISTS (
          -- These move with their tables.
          SELECT FROM pg_catalog.pg_depend d JOIN relation t ON t.oid = d.refobjid AND t.carried
          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.refclassid = d.classid AND d.deptype IN ('a', 'i'))
        UNION ALL
        SELECT 5, pg_catalog.format('ALTER TABLE %I.%I SET SCHEMA %I', r."from", r.relname, r."to") FROM relation r WHERE r.carried
        UNION ALL
        SELECT 6, pg_catalog.format('ALTER STATISTICS %I.%I SET SCHEMA %I', r."from", s.stxname, r."to")
        FROM relation r JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = r.oid JOIN place p ON p.source = s.stxnamespace WHERE r.carried
        UNION ALL
        SELECT 7, pg_catalog.format('ALTER EXTENSION %I SET SCHEMA %I', e.extname, p."to")
        FROM place p JOIN pg_catalog.pg_extension e ON e.extnamespace = p.source WHERE e.extrelocatable
        """;

    /// <summary>
    /// Only tables with a twin leave their publications: what has none is written by nobody any more, and is still published after a
    /// rollback.
    /// </summary>
    /// <param name="withParts">Whether the server knows columns and rows of publications.</param>
    public static string PublishedTables(bool withParts) => $"""
        SELECT 8, pg_catalog.format('ALTER PUBLICATION %I DROP TABLE ONLY %I.%I', p.pubname, r."from", r.relname)
        FROM pair r JOIN pg_catalog.pg_publication_rel x ON x.prrelid = r.oid JOIN pg_catalog.pg_publication p ON p.oid = x.prpubid
        UNION ALL
        SELECT 9, pg_catalog.format('ALTER PUBLICATION %I ADD TABLE ONLY %I.%I', p.pubname, r."to", r.relname)
            || {(withParts ? Parts : "''")}
        FROM pair r JOIN pg_catalog.pg_publication_rel x ON x.prrelid = r.oid JOIN pg_catalog.pg_publication p ON p.oid = x.prpubid
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel o WHERE o.prrelid = r.twin AND o.prpubid = p.oid)
        """;

    private const string Parts = """
        coalesce((SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                  FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.prrelid AND a.attnum = ANY (x.prattrs)), '')
        || coalesce(' WHERE (' || pg_catalog.pg_get_expr(x.prqual, x.prrelid) || ')', '')
        """;

    /// <summary>Only superusers may run these.</summary>
    public const string PublishedSchemas = """
        SELECT 10, pg_catalog.format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA %I', p.pubname, s."from")
        FROM place s JOIN pg_catalog.pg_publication_namespace x ON x.pnnspid = s.source
        JOIN pg_catalog.pg_publication p ON p.oid = x.pnpubid
        UNION ALL
        SELECT 11, pg_catalog.format('ALTER PUBLICATION %I ADD TABLES IN SCHEMA %I', p.pubname, s."to")
        FROM place s JOIN pg_catalog.pg_publication_namespace x ON x.pnnspid = s.source
        JOIN pg_catalog.pg_publication p ON p.oid = x.pnpubid
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication_namespace o WHERE o.pnnspid = s.target AND o.pnpubid = p.oid)
        """;
}
