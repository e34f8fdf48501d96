namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Publications belong to the database and not to a schema's save: a table that is created again must be added to its publications again.
/// </summary>
internal static class Publications
{
    /// <summary>
    /// <c>$1</c>: the schemas. Statements that add the tables that exist again to their publications, for publications that the role owns.
    /// </summary>
    public static string Sql(Version server) => $"""
        SELECT pg_catalog.format('DO %L', pg_catalog.format(
                 'BEGIN IF pg_catalog.to_regclass(%L) IS NOT NULL THEN ALTER PUBLICATION %I ADD TABLE ONLY %s%s; END IF; END',
                 t.name, p.pubname, t.name, {(server.Major >= 15 ? Parts : "''")}))
        FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
        CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)) AS t(name)
        JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid
        JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
        WHERE pg_catalog.pg_has_role(p.pubowner, 'USAGE')
        ORDER BY 1
        """;

    /// <summary>The columns and rows to which a publication may be limited.</summary>
    private const string Parts = """
        coalesce((SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                  FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), '')
        || coalesce(' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', '')
        """;
}
