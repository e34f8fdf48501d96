namespace PluginUpgrade.Swaps.Refusals;

/// <summary>What the role must own and may do, and what others hold.</summary>
internal static class RightsRules
{
    public static IEnumerable<SwapRule> All(int server) =>
    [
        new("KU-8010", Owners(server), "This role may not lock or give away objects of other roles: {0}.",
            "GRANT these roles to this role, or use a role that has them; their owners need CREATE on the schema."),
        new("KU-8011", Rights, "This role cannot create the new schema and exchange it: {0}.",
            "GRANT CREATE ON DATABASE, and make this role a member of the schema's owner; or use another role."),
        new("KU-8012", Prepared, "Prepared transactions hold locks on objects of the schema: {0}. The swap would wait for them in vain.",
            "Find out whose they are. Then COMMIT PREPARED, or: {1}"),
        new("KU-8013", Cancelling,
            "This role may not cancel sessions of {0}. If one of them is in a transaction that has read and then waits "
                + "to write, the swap cannot succeed and is given up.",
            "GRANT pg_signal_backend to this role.", Severity.Warning),
    ];

    /// <summary>The new objects get the owners of the live ones: for that the role must be able to become the owner.</summary>
    private static string Owners(int server) => $"""
        WITH {LiveSql.Live},
        owned AS (
          SELECT l.name, l.oid AS place, c.relname AS object, c.relowner AS owner, c.tableoid AS class, c.oid
          FROM live l JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = l.oid
          JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid
          UNION ALL
          SELECT l.name, l.oid, f.proname, f.proowner, f.tableoid, f.oid
          FROM live l JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = l.oid
          JOIN pg_catalog.pg_proc f ON f.tableoid = d.classid AND f.oid = d.objid
          UNION ALL
          SELECT l.name, l.oid, t.typname, t.typowner, t.tableoid, t.oid
          FROM live l JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = l.oid
          JOIN pg_catalog.pg_type t ON t.tableoid = d.classid AND t.oid = d.objid)
        SELECT name, pg_catalog.format('%s of %I%s', object, pg_catalog.pg_get_userbyid(owner),
                 CASE WHEN is_member THEN ', which has no right CREATE on the schema' ELSE '' END)
        FROM (SELECT o.name, o.owner, pg_catalog.min(o.object) AS object,
                     pg_catalog.pg_has_role(o.owner, 'USAGE') AND pg_catalog.pg_has_role(o.owner, '{(server >= 16 ? "SET" : "MEMBER")}')
                     AS is_member, pg_catalog.bool_and(pg_catalog.has_schema_privilege(o.owner, o.place, 'CREATE')) AS may_create
              FROM owned o
              WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')
              GROUP BY 1, 2) AS x
        WHERE NOT is_member OR NOT may_create AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)
        ORDER BY 1, 2
        """;

    private const string Rights = $"""
        WITH {LiveSql.Live}
        SELECT l.name, pg_catalog.format('the schema belongs to %I', pg_catalog.pg_get_userbyid(l.nspowner))
        FROM live l WHERE NOT pg_catalog.pg_has_role(l.nspowner, 'USAGE')
        UNION ALL
        SELECT l.name, 'no right CREATE on the database'
        FROM live l WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
        ORDER BY 1, 2
        """;

    private const string Prepared = $"""
        WITH {LiveSql.Live}
        SELECT DISTINCT s.name, p.gid
        FROM pg_catalog.pg_prepared_xacts p
        JOIN pg_catalog.pg_locks x ON x.pid IS NULL AND x.locktype = 'transactionid' AND x.transactionid = p.transaction
        JOIN pg_catalog.pg_locks l ON l.pid IS NULL AND l.virtualtransaction = x.virtualtransaction
        JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN live s ON s.oid = c.relnamespace
        WHERE p.database = pg_catalog.current_database() ORDER BY 1, 2
        """;

    private const string Cancelling = $"""
        WITH {LiveSql.Live}
        SELECT DISTINCT l.name, pg_catalog.pg_get_userbyid(a.usesysid)::text
        FROM live l CROSS JOIN pg_catalog.pg_stat_activity a
        WHERE a.datname = pg_catalog.current_database() AND a.usesysid IS NOT NULL
          AND NOT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AND NOT pg_catalog.pg_has_role(a.usesysid, 'USAGE')
        ORDER BY 1, 2
        """;
}
