namespace PluginUpgrade.Swaps.Verifying;

/// <summary>What must not be in a schema that replaces a live one. Texts with its name: <see cref="WrittenNames"/>.</summary>
internal static class BuildRules
{
    public static IEnumerable<BuildRule> All(int server) =>
    [
        new("KU-8020", DependsOnLive, "What was built depends on live objects that stay behind: {0}.",
            "Correct the module: create them in the new schema too. CREATE TABLE ... (LIKE ... INCLUDING ALL) copies the default of a "
                + "serial column with its live sequence."),
        new("KU-8022", OutsideKeys, "Foreign keys lead to tables that others use: {0}. Kept as __failed or __before, they would "
            + "prevent the application from deleting rows there.",
            "Correct the module: declare them ON DELETE CASCADE or SET NULL, or add them in a module of a later version."),
        new("KU-8023", Unlogged, "Tables are UNLOGGED: {0}. The server empties them after a crash.",
            "Correct the module: ALTER TABLE ... SET LOGGED at the end of Build."),
        new("KU-8024", Unfinished, "Not valid: {0}.",
            "Correct the module: REINDEX, or drop the index and create it again; ALTER TABLE ... VALIDATE CONSTRAINT."),
        new("KU-8025", Collisions, "Names are taken by what moves there at the swap: {0}.",
            "Correct the module: do not create what is carried, and give other names to the rest."),
        new("KU-8026", LostPolicies,
            "Policies of tables with row security are missing: {0}. Rows would be hidden, or be visible to others.",
            "Correct the module: create the policies in Build. Row security itself is switched on as it is in the live schema."),
        new("KU-8027", OutOfBounds, "Live sequences are outside the bounds of their successors: {0}.",
            "Correct the module: give the sequence the type and bounds of the live one."),
        new("KU-8028", Unpublishable(server), "Publications could not go on with the new tables: {0}.",
            "Correct the module: create a primary key, and the columns that the publication names; or change the publication."),
        new("KU-8029", LeftPublished,
            "Published tables have no successor of the same name, so the publication ends with the kept ones: {0}.",
            "If that is not intended, ALTER PUBLICATION ... ADD TABLE after the upgrade.", Severity.Warning),
    ];

    /// <summary>A statement of its own, for which the search path is the new schema.</summary>
    public static BuildRule Written(int server) => new("KU-8021", WrittenNames.Sql(server),
        "The name of the schema that is built is written as text in {0}. It is another after the swap.",
        "Correct the module: leave the schema out, because search_path finds it; or write the live name.");

    /// <summary>
    /// All of them as one statement, so that the server plans what they have in common only once: that takes it longer than everything that
    /// is read.
    /// </summary>
    /// <returns>The statement; its rows: the rule's index, and a finding.</returns>
    public static string Together(IEnumerable<BuildRule> rules) => $"""
        WITH RECURSIVE {BuildSql.Pairs},
        {BuildSql.Parts}
        {string.Join("\nUNION ALL\n", rules.Select((rule, i) => $"SELECT {i}, text FROM ({rule.Sql}) AS rule(text)"))}
        ORDER BY 1, 2
        """;

    private const string DependsOnLive = """
        SELECT DISTINCT pg_catalog.replace(pg_catalog.format('%s on %s', pg_catalog.pg_describe_object(n.classid, n.objid, d.objsubid),
          pg_catalog.pg_describe_object(l.classid, l.objid, 0)), pg_catalog.quote_ident($2) || '.', '')
        FROM whole n JOIN pg_catalog.pg_depend d ON d.classid = n.classid AND d.objid = n.objid
        JOIN whole l ON l.classid = d.refclassid AND l.objid = d.refobjid
        WHERE n.is_next AND NOT l.is_next ORDER BY 1
        """;

    /// <summary>Keys between the two schemas are found as dependencies.</summary>
    private const string OutsideKeys = """
        SELECT pg_catalog.format('%I of %I to %s', x.conname, b.relname, x.confrelid::regclass)
        FROM built b JOIN pg_catalog.pg_constraint x ON x.conrelid = b.oid AND x.contype = 'f' AND x.confdeltype IN ('a', 'r')
        JOIN pg_catalog.pg_class t ON t.oid = x.confrelid AND t.relnamespace NOT IN (b.live, b.next) ORDER BY 1
        """;

    private const string Unlogged = """
        SELECT b.relname::text FROM built b
        WHERE b.relpersistence = 'u' AND b.relkind IN ('r', 'p', 'm') AND NOT EXISTS (
          SELECT FROM pair p JOIN pg_catalog.pg_class l ON l.oid = p.oid WHERE p.twin = b.oid AND l.relpersistence = 'u') ORDER BY 1
        """;

    private const string Unfinished = """
        SELECT pg_catalog.format('index %I', x.relname)
        FROM built b JOIN pg_catalog.pg_index i ON i.indrelid = b.oid AND NOT (i.indisvalid AND i.indisready)
        JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        UNION ALL
        SELECT pg_catalog.format('constraint %I of %I', n.conname, p.relname)
        FROM pair p JOIN pg_catalog.pg_constraint n ON n.conrelid = p.twin AND NOT n.convalidated
        JOIN pg_catalog.pg_constraint l ON l.conrelid = p.oid AND l.conname = n.conname AND l.convalidated
        ORDER BY 1
        """;

    private const string Collisions = """
        WITH arriving AS (
          SELECT classid, objid FROM moving
          UNION
          SELECT d.classid, d.objid FROM side s JOIN pg_catalog.pg_extension e ON e.extnamespace = s.oid AND NOT s.is_next
          JOIN pg_catalog.pg_depend d ON d.refclassid = e.tableoid AND d.refobjid = e.oid AND d.deptype = 'e'
          UNION
          SELECT s.tableoid, s.oid FROM moving m JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = m.objid
          WHERE m.classid = 'pg_catalog.pg_class'::regclass)
        SELECT DISTINCT pg_catalog.replace(pg_catalog.pg_describe_object(x.class, x.oid, 0), pg_catalog.quote_ident($2) || '.', '')
        FROM (
          SELECT c.tableoid, c.oid FROM arriving a JOIN pg_catalog.pg_class o ON o.tableoid = a.classid AND o.oid = a.objid
          JOIN pg_catalog.pg_class c ON c.relname = o.relname AND c.relnamespace = $2::text::regnamespace AND o.relkind <> 't'
          UNION ALL
          SELECT t.tableoid, t.oid FROM arriving a JOIN pg_catalog.pg_type o ON o.tableoid = a.classid AND o.oid = a.objid
          JOIN pg_catalog.pg_type t ON t.typname = o.typname AND t.typnamespace = $2::text::regnamespace AND t.typrelid = 0
            AND t.typelem = 0
          UNION ALL
          SELECT s.tableoid, s.oid FROM arriving a JOIN pg_catalog.pg_statistic_ext o ON o.tableoid = a.classid AND o.oid = a.objid
          JOIN pg_catalog.pg_statistic_ext s ON s.stxname = o.stxname AND s.stxnamespace = $2::text::regnamespace
          UNION ALL
          SELECT f.tableoid, f.oid FROM arriving a JOIN pg_catalog.pg_proc o ON o.tableoid = a.classid AND o.oid = a.objid
          JOIN pg_catalog.pg_proc f ON f.proname = o.proname AND f.proargtypes = o.proargtypes
            AND f.pronamespace = $2::text::regnamespace) AS x(class, oid)
        ORDER BY 1
        """;

    private const string LostPolicies = """
        SELECT pg_catalog.format('%I of %I', y.polname, p.relname)
        FROM pair p JOIN pg_catalog.pg_class l ON l.oid = p.oid AND l.relrowsecurity JOIN pg_catalog.pg_policy y ON y.polrelid = p.oid
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_policy n WHERE n.polrelid = p.twin AND n.polname = y.polname) ORDER BY 1
        """;

    /// <summary>How far a live sequence has come is known to the server only; for one that was not used, its next number.</summary>
    private const string OutOfBounds = """
        SELECT p.relname::text
        FROM pair p JOIN pg_catalog.pg_sequence l ON l.seqrelid = p.oid JOIN pg_catalog.pg_sequence n ON n.seqrelid = p.twin
        WHERE coalesce(pg_catalog.pg_sequence_last_value(p.oid), l.seqstart) NOT BETWEEN n.seqmin AND n.seqmax
          AND pg_catalog.sign(l.seqincrement) = pg_catalog.sign(n.seqincrement) ORDER BY 1
        """;

    private static string Unpublishable(int server) => $"""
        WITH published AS (
          SELECT p.*, x.pubname, x.pubupdate OR x.pubdelete AS changes, r.oid AS member, r.tableoid AS class
            {(server >= 15 ? ", r.prattrs" : "")}
          FROM pair p JOIN pg_catalog.pg_publication_rel r ON r.prrelid = p.oid JOIN pg_catalog.pg_publication x ON x.oid = r.prpubid)
        SELECT pg_catalog.format('%I of %I has no replica identity', p.relname, p.pubname)
        FROM published p JOIN pg_catalog.pg_class l ON l.oid = p.oid JOIN pg_catalog.pg_class n ON n.oid = p.twin
        WHERE p.changes AND l.relreplident <> 'f' AND n.relreplident IN ('d', 'n') AND NOT (n.relreplident = 'd' AND EXISTS (
          SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = n.oid AND i.indisprimary))
          AND NOT (n.relreplident = 'd' AND EXISTS (
            SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            JOIN pg_catalog.pg_class y ON y.relname = x.relname JOIN pg_catalog.pg_index j ON j.indexrelid = y.oid AND j.indrelid = n.oid
            WHERE i.indrelid = l.oid AND i.indisreplident AND l.relreplident = 'i' AND j.indisunique AND j.indimmediate
              AND j.indpred IS NULL))
        UNION ALL
        SELECT pg_catalog.format('%I of %I has no column %I', p.relname, p.pubname, a.attname)
        FROM published p JOIN pg_catalog.pg_attribute a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE ({(server >= 15 ? "a.attnum = ANY (p.prattrs)" : "false")} OR EXISTS (
            SELECT FROM pg_catalog.pg_depend d WHERE d.classid = p.class AND d.objid = p.member AND d.refobjid = p.oid
              AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid = a.attnum))
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute n
                          WHERE n.attrelid = p.twin AND n.attname = a.attname AND NOT n.attisdropped)
        ORDER BY 1
        """;

    private const string LeftPublished = """
        SELECT pg_catalog.format('%I of %I', c.relname, x.pubname)
        FROM place p
        JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.live
        JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid AND c.relname <> ALL ($3::text[])
        JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid
        JOIN pg_catalog.pg_publication x ON x.oid = r.prpubid
        WHERE c.oid NOT IN (SELECT oid FROM pair) ORDER BY 1
        """;
}
