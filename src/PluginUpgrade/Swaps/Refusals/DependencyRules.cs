namespace PluginUpgrade.Swaps.Refusals;

/// <summary>What is tied to the objects of a live schema, and would stay with them when its name gets other objects.</summary>
internal static class DependencyRules
{
    public static IEnumerable<SwapRule> All(int server) =>
    [
        new("KU-8003", Outside, "Objects outside depend on objects of the schema, and would go on with the kept ones: {0}.",
            "Drop them before the upgrade and create them again afterwards, or carry the tables that they need ([Carries])."),
        .. server >= 14
            ? [new SwapRule("KU-8004", Atomic, "Functions with BEGIN ATOMIC write in the schema: {0}. A call that waits for the swap "
                + "would write into the kept tables, and the row would be lost.",
                "Create them again with their body as text (AS $$...$$).")]
            : Array.Empty<SwapRule>(),
        new("KU-8009", MissingCarried, "Tables that are to be carried do not exist: {0}.", "Correct [Carries] of the module."),
        new("KU-8009", Ties, "What is to be carried is tied to objects that stay behind: {0}.",
            "Carry these too, if they are tables; otherwise cut the tie before the upgrade, or let the module copy the table."),
        new("KU-8015", OutsideKeys, "Foreign keys lead to tables that others use: {0}. Kept as __before, they would prevent the "
            + "application from deleting rows there.",
            "Declare them ON DELETE CASCADE or SET NULL, or drop them before the upgrade, or carry their tables."),
    ];

    /// <summary>
    /// Publications and extensions have rules of their own. A cast belongs to its types, though it has no schema: the module creates it for
    /// the new ones.
    /// </summary>
    private const string Outside = $"""
        WITH RECURSIVE {LiveSql.Parts}
        SELECT DISTINCT w.name, CASE WHEN r.oid IS NOT NULL
          THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
          ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END
        FROM whole w JOIN pg_catalog.pg_depend d ON d.refclassid = w.classid AND d.refobjid = w.objid
        LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = r.tableoid AND d.objid = r.oid AND r.rulename = '_RETURN'
        WHERE w.place = w.live AND d.classid NOT IN (
            'pg_catalog.pg_publication_rel'::regclass, 'pg_catalog.pg_publication'::regclass, 'pg_catalog.pg_extension'::regclass,
            'pg_catalog.pg_default_acl'::regclass, 'pg_catalog.pg_cast'::regclass)
          AND NOT EXISTS (SELECT FROM whole o WHERE o.live = w.live AND o.classid = d.classid AND o.objid = d.objid)
          AND NOT EXISTS (SELECT FROM moving m WHERE m.classid = d.classid AND m.objid = d.objid)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_class t WHERE d.classid = t.tableoid AND d.objid = t.oid AND t.relkind = 't')
        ORDER BY 1, 2
        """;

    /// <summary>A stored body has the kinds of its statements in words: 2 to 5 are UPDATE, INSERT, DELETE, MERGE.</summary>
    private const string Atomic = $"""
        WITH {LiveSql.Live}
        SELECT l.name, f.proname::text
        FROM live l JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = l.oid
        JOIN pg_catalog.pg_proc f ON f.tableoid = d.classid AND f.oid = d.objid
        WHERE f.prosqlbody IS NOT NULL AND f.prosqlbody::text ~ ':commandType [2345]' ORDER BY 1, 2
        """;

    private const string MissingCarried = $"""
        WITH {LiveSql.Live}
        SELECT k.schema, k.table_name
        FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) AS k(schema, table_name)
        JOIN live l ON l.name = k.schema
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                          WHERE c.relname = k.table_name AND c.relnamespace = l.oid AND c.relkind IN ('r', 'p'))
        ORDER BY 1, 2
        """;

    /// <summary>
    /// What a carried table needs of what stays; and what of that leads to a carried table and would disturb it: keys, children, parents.
    /// Views and functions that stay follow it.
    /// </summary>
    private const string Ties = $"""
        WITH RECURSIVE {LiveSql.Parts}
        SELECT DISTINCT m.name, pg_catalog.format('%s needs %s', pg_catalog.pg_describe_object(m.classid, m.objid, d.objsubid),
                                                  pg_catalog.pg_describe_object(w.classid, w.objid, 0))
        FROM moving m JOIN pg_catalog.pg_depend d ON d.classid = m.classid AND d.objid = m.objid
        JOIN whole w ON w.classid = d.refclassid AND w.objid = d.refobjid AND w.place = m.live
        UNION
        SELECT c.name, pg_catalog.pg_describe_object(x.tableoid, x.oid, 0) || ' leads to ' || c.oid::regclass
        FROM carried c JOIN pg_catalog.pg_constraint x ON x.confrelid = c.oid AND x.contype = 'f'
        JOIN whole w ON w.classid = x.tableoid AND w.objid = x.oid AND w.place = c.place
        UNION
        SELECT c.name, h.inhrelid::regclass || ' is a part of ' || c.oid::regclass
        FROM carried c JOIN pg_catalog.pg_inherits h ON h.inhparent = c.oid
        WHERE h.inhrelid NOT IN (SELECT oid FROM carried)
          AND EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = h.inhrelid AND t.relnamespace = c.place)
        ORDER BY 1, 2
        """;

    private const string OutsideKeys = $"""
        WITH {LiveSql.Relations}
        SELECT r.name, pg_catalog.format('%I of %I to %s', x.conname, r.relname, x.confrelid::regclass)
        FROM relation r JOIN pg_catalog.pg_constraint x ON x.conrelid = r.oid AND x.contype = 'f' AND x.confdeltype IN ('a', 'r')
          AND x.conparentid = 0
        JOIN pg_catalog.pg_class t ON t.oid = x.confrelid AND t.relnamespace <> r.place ORDER BY 1, 2
        """;
}
