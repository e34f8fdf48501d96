namespace PluginUpgrade.Swaps.Verifying;

/// <summary>
/// Sequences of a new schema that no live sequence of the same name corrects at the swap, and that would give numbers which their unique
/// column already has.
/// </summary>
internal static class LoneSequences
{
    public static Problem Of(string live, IReadOnlyList<string> behind) => new("KU-8027", live,
        $"In what was built, sequences are behind their columns: {Problem.Join(behind)}. The next row would be refused as a duplicate. "
            + "Nothing live has changed.",
        "Correct the module: set the sequence (setval) at the end of Build and in CatchUp, or give it the name that it has in the live "
            + "schema.");

    /// <summary>Questions, each of which returns a row where its sequence is behind.</summary>
    public const string Sql = $"""
        WITH {BuildSql.Pairs}
        SELECT pg_catalog.format('SELECT %L::text FROM %I.%I AS s WHERE %s(SELECT pg_catalog.%s(%I) FROM %I.%I)',
          b.relname || ' of ' || t.relname || '.' || a.attname, $2, b.relname,
          pg_catalog.format('s.last_value::numeric + CASE WHEN s.is_called THEN %s ELSE 0 END %s ', q.seqincrement,
                            CASE WHEN q.seqincrement > 0 THEN '<=' ELSE '>=' END),
          CASE WHEN q.seqincrement > 0 THEN 'max' ELSE 'min' END, a.attname, $2, t.relname)
        FROM built b JOIN pg_catalog.pg_sequence q ON q.seqrelid = b.oid AND NOT q.seqcycle
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = b.oid AND d.refclassid = d.classid
          AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        JOIN built t ON t.oid = d.refobjid
        JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
          AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
        WHERE EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid AND i.indisunique AND i.indnkeyatts = 1
                        AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
          AND NOT EXISTS (SELECT FROM pair p WHERE p.twin = b.oid)
        """;
}
