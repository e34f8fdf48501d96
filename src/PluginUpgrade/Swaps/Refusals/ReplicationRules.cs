namespace PluginUpgrade.Swaps.Refusals;

/// <summary>Subscriptions, publications and extensions: they know objects, and the swap gives a name other objects.</summary>
internal static class ReplicationRules
{
    public static IEnumerable<SwapRule> All(int server) =>
    [
        new("KU-8005", Subscriptions,
            "Subscriptions write into tables of the schema: {0}. After the swap they would go on with the kept ones.",
            "DROP SUBSCRIPTION before the upgrade, and create it again afterwards; or carry the tables."),
        new("KU-8006", AllTables,
            "Publications FOR ALL TABLES would publish the build: {0}. Their subscribers have no such schema, and would stop.",
            "Publish the tables by name (FOR TABLE) instead; those follow the swap."),
        new("KU-8007", NotOwned(server), "This role cannot let publications follow the swap: {0}.",
            "Use the publication's owner, for TABLES IN SCHEMA a superuser; or drop the tables from the publication before the upgrade."),
        new("KU-8008", FixedExtensions, "Extensions in the schema cannot move at the swap: {0}.",
            "Use the extension's owner; what is not relocatable must be created again in another schema before the upgrade."),
        new("KU-8014", Following(server), "These follow the name of the schema at the swap: {0}.",
            "No action is needed.", Severity.Warning),
    ];

    private const string Subscriptions = $"""
        WITH {LiveSql.Relations}
        SELECT r.name, pg_catalog.format('%I of %I', s.subname, r.relname)
        FROM pg_catalog.pg_subscription_rel x JOIN relation r ON r.oid = x.srrelid
        JOIN pg_catalog.pg_subscription s ON s.oid = x.srsubid ORDER BY 1, 2
        """;

    private const string AllTables = $"""
        WITH {LiveSql.Live}
        SELECT l.name, p.pubname::text FROM live l CROSS JOIN pg_catalog.pg_publication p WHERE p.puballtables ORDER BY 1, 2
        """;

    private static string NotOwned(int server) => $"""
        WITH {LiveSql.Relations}
        SELECT DISTINCT r.name, p.pubname::text
        FROM relation r JOIN pg_catalog.pg_publication_rel x ON x.prrelid = r.oid JOIN pg_catalog.pg_publication p ON p.oid = x.prpubid
        WHERE NOT pg_catalog.pg_has_role(p.pubowner, 'USAGE')
        {(server < 15 ? "" : """
        UNION
        SELECT l.name, p.pubname || ' (TABLES IN SCHEMA)'
        FROM live l JOIN pg_catalog.pg_publication_namespace x ON x.pnnspid = l.oid JOIN pg_catalog.pg_publication p ON p.oid = x.pnpubid
        WHERE NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)
        """)}
        ORDER BY 1, 2
        """;

    private const string FixedExtensions = $"""
        WITH {LiveSql.Live}
        SELECT l.name, e.extname || CASE WHEN NOT e.extrelocatable THEN ' is not relocatable'
            ELSE pg_catalog.format(' belongs to %I', pg_catalog.pg_get_userbyid(e.extowner)) END
        FROM live l JOIN pg_catalog.pg_extension e ON e.extnamespace = l.oid
        WHERE NOT (e.extrelocatable AND pg_catalog.pg_has_role(e.extowner, 'USAGE'))
        UNION
        SELECT l.name, e.extname || ' has objects in several schemas'
        FROM live l JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = l.oid
        JOIN pg_catalog.pg_depend m ON m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON m.refclassid = e.tableoid AND m.refobjid = e.oid
        WHERE e.extnamespace <> l.oid ORDER BY 1, 2
        """;

    private static string Following(int server) => $"""
        WITH {LiveSql.Relations}
        SELECT DISTINCT r.name, pg_catalog.format('publication %I', p.pubname)
        FROM relation r JOIN pg_catalog.pg_publication_rel x ON x.prrelid = r.oid JOIN pg_catalog.pg_publication p ON p.oid = x.prpubid
        {(server < 15 ? "" : """
        UNION
        SELECT l.name, pg_catalog.format('publication %I', p.pubname)
        FROM live l JOIN pg_catalog.pg_publication_namespace x ON x.pnnspid = l.oid JOIN pg_catalog.pg_publication p ON p.oid = x.pnpubid
        """)}
        UNION
        SELECT l.name, pg_catalog.format('extension %I', e.extname)
        FROM live l JOIN pg_catalog.pg_extension e ON e.extnamespace = l.oid WHERE e.extrelocatable
        ORDER BY 1, 2
        """;
}
