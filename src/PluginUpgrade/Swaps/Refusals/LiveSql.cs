namespace PluginUpgrade.Swaps.Refusals;

/// <summary>
/// What the queries about live schemas have in common. <c>$1</c>: the live schemas; <c>$2</c> and <c>$3</c>: pairs of a live schema and a
/// table that is carried from it.
/// </summary>
internal static class LiveSql
{
    public const string Live = """
        live AS (
          SELECT n.oid, n.nspname::text AS name, n.nspowner
          FROM pg_catalog.unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name),
        carried AS (
          SELECT c.oid, l.oid AS place, l.name
          FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) AS k(schema, table_name)
          JOIN live l ON l.name = k.schema
          JOIN pg_catalog.pg_class c ON c.relname = k.table_name AND c.relnamespace = l.oid AND c.relkind IN ('r', 'p'))
        """;

    /// <summary>The relations that stay.</summary>
    public const string Relations = $"""
        {Live},
        relation AS (
          SELECT l.name, l.oid AS place, c.*
          FROM live l JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = l.oid
          JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid
          WHERE c.oid NOT IN (SELECT oid FROM carried))
        """;

    /// <summary>
    /// <c>whole</c>: each object of a live schema, and of the one that is being built for it, with its parts. <c>moving</c>: what is
    /// carried, with its parts.
    /// </summary>
    public const string Parts = $"""
        {Live},
        place AS (
          SELECT oid, oid AS live, name FROM live
          UNION ALL
          SELECT n.oid, l.oid, l.name FROM live l JOIN pg_catalog.pg_namespace n ON n.nspname = l.name || '__next'),
        own AS (
          SELECT p.live, p.oid AS place, p.name, d.classid, d.objid
          FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.oid
          WHERE d.classid <> 'pg_catalog.pg_extension'::regclass
            -- Extensions have rules of their own.
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')),
        moving(live, name, classid, objid) AS (
          SELECT place, name, 'pg_catalog.pg_class'::regclass::oid, oid FROM carried
          UNION
          SELECT m.live, m.name, d.classid, d.objid FROM moving m JOIN pg_catalog.pg_depend d
            ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype IN ('a', 'i')
          -- A partition is a table of its own.
          WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h
                            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND h.inhrelid = d.objid)),
        whole(live, place, name, classid, objid) AS (
          SELECT o.live, o.place, o.name, o.classid, o.objid FROM own o
          WHERE NOT EXISTS (SELECT FROM moving m WHERE m.classid = o.classid AND m.objid = o.objid)
          UNION
          SELECT w.live, w.place, w.name, d.classid, d.objid FROM whole w JOIN pg_catalog.pg_depend d
            ON d.refclassid = w.classid AND d.refobjid = w.objid AND d.deptype IN ('a', 'i')
          WHERE NOT EXISTS (
              SELECT FROM pg_catalog.pg_depend o WHERE o.classid = d.classid AND o.objid = d.objid
                AND o.refclassid = 'pg_catalog.pg_namespace'::regclass AND o.refobjid <> w.place)
            AND NOT EXISTS (SELECT FROM moving m WHERE m.classid = d.classid AND m.objid = d.objid))
        """;
}
