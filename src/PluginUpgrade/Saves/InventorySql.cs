namespace PluginUpgrade.Saves;

/// <summary>
/// Lists the objects, one in each row. Written for a <c>search_path</c> of <c>pg_catalog, pg_temp</c>, so that every other name is shown
/// with its schema. Expressions are not compared by their text, which may change when it is read back (<c>IN</c> over varchar), but by the
/// operators and functions that the server resolved.
/// </summary>
internal static class InventorySql
{
    /// <summary><c>$1</c>: the schemas' names as text[]; NULL: the whole database.</summary>
    public const string Text = $"""
        WITH {Places}, {Trees}, thing (space, key, definition, acl, usual, state, class, object) AS (
        {InventoryObjectsSql.Relations}
        UNION ALL
        {InventoryObjectsSql.OfRelations}
        UNION ALL
        {InventoryObjectsSql.Routines}
        UNION ALL
        {InventoryObjectsSql.Rest}
        UNION ALL
        {InventoryObjectsSql.OfDatabase}
        ), row AS (
          SELECT ARRAY[t.space, t.key, coalesce(t.state, ''),
                   CASE WHEN t.acl IS NULL OR now.text IS NOT DISTINCT FROM made.text THEN '' ELSE coalesce(now.text, 'none') END] AS texts,
                 coalesce(pg_catalog.md5(nullif(pg_catalog.concat_ws(E'\n', t.definition, m.text), '')), '') AS definition
          FROM thing t LEFT JOIN meaning m ON m.class = t.class AND m.object = t.object AND t.object <> 0
          CROSS JOIN LATERAL (
            SELECT pg_catalog.string_agg(a::text, ' ' ORDER BY a::text) AS text FROM pg_catalog.unnest(t.acl) a) AS now
          CROSS JOIN LATERAL (
            SELECT pg_catalog.string_agg(a::text, ' ' ORDER BY a::text) AS text FROM pg_catalog.unnest(t.usual) a) AS made)
        SELECT p.texts[1], p.texts[2], r.definition, p.texts[3], p.texts[4]
        FROM row r CROSS JOIN LATERAL (
          SELECT pg_catalog.array_agg({Printable} ORDER BY x.place) AS texts
          FROM pg_catalog.unnest(r.texts) WITH ORDINALITY AS x(text, place)) AS p
        """;

    /// <summary>In SQL_ASCII a name may be no text at all; in other encodings a name may have no form in UTF-8.</summary>
    private const string Printable = """
        CASE pg_catalog.getdatabaseencoding() WHEN 'UTF8' THEN x.text
        ELSE pg_catalog.encode(pg_catalog.convert_to(x.text, pg_catalog.getdatabaseencoding()), 'escape') END
        """;

    private const string Places = """
        space AS MATERIALIZED (
          SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n
          WHERE CASE WHEN $1::text[] IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                     ELSE n.nspname = ANY ($1::text[]) END
        ), member AS MATERIALIZED (
          SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
        ), rel AS MATERIALIZED (
          SELECT c.*, s.nspname::text AS space, pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
          FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
            AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
        ), routine AS MATERIALIZED (
          SELECT p.*, s.nspname::text AS space FROM pg_catalog.pg_proc p JOIN space s ON s.oid = p.pronamespace
          WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
        ), type AS MATERIALIZED (
          SELECT t.*, s.nspname::text AS space FROM pg_catalog.pg_type t JOIN space s ON s.oid = t.typnamespace
          WHERE (t.typrelid = 0 OR EXISTS (SELECT FROM rel r WHERE r.oid = t.typrelid AND r.relkind = 'c'))
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid) AND t.typtype <> 'm'
            AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid))
        """;

    /// <summary>
    /// Expressions as the server stores them, and their operators and functions. A call that stands for a cast is left out, because it may
    /// appear or disappear when the text is read back.
    /// </summary>
    private const string Trees = """
        tree AS (
          SELECT 'pg_catalog.pg_class'::regclass::oid AS class, w.ev_class AS object, w.ev_action::text AS text
            FROM rel r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename = '_RETURN'
          UNION ALL
          SELECT 'pg_catalog.pg_rewrite'::regclass, w.oid, pg_catalog.concat_ws(' ', w.ev_qual, w.ev_action)
            FROM rel r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
          UNION ALL
          SELECT 'pg_catalog.pg_class'::regclass, a.adrelid, a.adbin::text FROM rel r JOIN pg_catalog.pg_attrdef a ON a.adrelid = r.oid
          UNION ALL
          SELECT 'pg_catalog.pg_class'::regclass, k.partrelid, k.partexprs::text
            FROM rel r JOIN pg_catalog.pg_partitioned_table k ON k.partrelid = r.oid
          UNION ALL
          SELECT 'pg_catalog.pg_index'::regclass, i.indexrelid, pg_catalog.concat_ws(' ', i.indexprs, i.indpred)
            FROM rel r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
          UNION ALL
          SELECT 'pg_catalog.pg_constraint'::regclass, c.oid, c.conbin::text
            FROM pg_catalog.pg_constraint c JOIN space s ON s.oid = c.connamespace
          UNION ALL
          SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, t.tgqual::text FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
          UNION ALL
          SELECT 'pg_catalog.pg_policy'::regclass, p.oid, pg_catalog.concat_ws(' ', p.polqual, p.polwithcheck)
            FROM rel r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
          UNION ALL
          SELECT 'pg_catalog.pg_proc'::regclass, p.oid,
                 pg_catalog.concat_ws(' ', p.proargdefaults, pg_catalog.to_jsonb(p) ->> 'prosqlbody')
            FROM routine p
          UNION ALL
          SELECT 'pg_catalog.pg_type'::regclass, t.oid, t.typdefaultbin::text FROM type t
        ), meaning AS MATERIALIZED (
          SELECT u.class, u.object, pg_catalog.string_agg(u.name, ' ' ORDER BY u.name) AS text
          FROM (SELECT t.class, t.object, coalesce(x.found[1]::oid::regoperator::text,
                       coalesce(x.found[2], x.found[3])::oid::regprocedure::text) AS name
                FROM tree t CROSS JOIN LATERAL pg_catalog.regexp_matches(t.text,
                  ':(?:opno|eqop|sortop) ([0-9]+)|:(?:aggfnoid|winfnoid) ([0-9]+)|'
                  ':funcid ([0-9]+) :funcresulttype [0-9]+ :funcretset [a-z]+ :funcvariadic [a-z]+ :funcformat 0 ', 'g') AS x(found)) AS u
          GROUP BY u.class, u.object)
        """;
}
