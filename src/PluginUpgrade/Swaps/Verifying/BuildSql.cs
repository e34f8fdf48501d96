namespace PluginUpgrade.Swaps.Verifying;

/// <summary>
/// What the queries about a new schema have in common. <c>$1</c>: the live schema, <c>$2</c>: the new one, <c>$3</c>: the carried tables.
/// </summary>
internal static class BuildSql
{
    /// <summary>Relations of the same name and kind in both.</summary>
    public const string Pairs = """
        place AS (
          SELECT l.oid AS live, n.oid AS next FROM pg_catalog.pg_namespace l CROSS JOIN pg_catalog.pg_namespace n
          WHERE l.nspname = $1 AND n.nspname = $2),
        built AS (
          SELECT p.live, p.next, c.* FROM place p
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.next
          JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid
          WHERE NOT pg_catalog.starts_with(c.relname, 'krang_upgrade_capture')),
        pair AS (
          SELECT l.oid, l.relname, l.relkind, b.oid AS twin, b.relkind AS twin_kind
          -- As one value, so that the whole index is used: thousands of schemas may have a table of that name.
          FROM built b JOIN pg_catalog.pg_class l ON l.relname = b.relname AND l.relnamespace = (SELECT live FROM place)
            AND (l.relkind = b.relkind OR l.relkind IN ('r', 'p') AND b.relkind IN ('r', 'p'))
          WHERE l.relname <> ALL ($3::text[]))
        """;

    /// <summary>
    /// <c>whole</c>: each object of both schemas with its parts, such as a table's indexes, defaults and row type. What is carried has
    /// <c>carried</c>: it becomes part of the new schema.
    /// </summary>
    public const string Parts = """
        side AS (
          SELECT n.oid, n.nspname = $2 AS is_next FROM pg_catalog.pg_namespace n WHERE n.nspname IN ($1, $2)),
        own AS (
          SELECT s.is_next, d.classid, d.objid
          FROM side s JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = s.oid
          WHERE d.classid <> 'pg_catalog.pg_extension'::regclass),
        moving(classid, objid) AS (
          SELECT 'pg_catalog.pg_class'::regclass::oid, c.oid FROM side s JOIN pg_catalog.pg_class c
            ON c.relnamespace = s.oid AND c.relname = ANY ($3::text[]) AND NOT s.is_next
          UNION
          SELECT d.classid, d.objid FROM moving m JOIN pg_catalog.pg_depend d
            ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype IN ('a', 'i')
          -- A partition is a table of its own.
          WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h
                            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND h.inhrelid = d.objid)),
        whole(is_next, classid, objid) AS (
          SELECT o.is_next, o.classid, o.objid FROM own o
          WHERE NOT EXISTS (SELECT FROM moving m WHERE m.classid = o.classid AND m.objid = o.objid)
            -- Relocatable extensions move too; others are refused before the build.
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.classid AND e.objid = o.objid AND e.deptype = 'e')
          UNION
          SELECT w.is_next, d.classid, d.objid FROM whole w JOIN pg_catalog.pg_depend d
            ON d.refclassid = w.classid AND d.refobjid = w.objid AND d.deptype IN ('a', 'i')
          WHERE NOT EXISTS (SELECT FROM own o WHERE o.classid = d.classid AND o.objid = d.objid)
            AND NOT EXISTS (SELECT FROM moving m WHERE m.classid = d.classid AND m.objid = d.objid))
        """;
}
