using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>
/// Finds objects elsewhere that depend on what is in schemas: they follow these objects, whatever the schemas are called.
/// </summary>
internal static class OutsideDependents
{
    /// <summary>Of a schema that will be called otherwise: without its publications, which are exchanged too.</summary>
    /// <param name="carried">Tables that will be moved out of it: what depends on them keeps them.</param>
    public static Task<IReadOnlyList<string>> OfRenamedAsync(
        NpgsqlConnection connection, long schema, IReadOnlyList<string> carried, CancellationToken cancellationToken) =>
        FindAsync(connection, [schema], carried, isDropped: false, cancellationToken);

    /// <summary>Of schemas that will be dropped together.</summary>
    public static Task<IReadOnlyList<string>> OfDroppedAsync(
        NpgsqlConnection connection, IReadOnlyList<long> schemas, CancellationToken cancellationToken) =>
        FindAsync(connection, schemas, [], isDropped: true, cancellationToken);

    private static async Task<IReadOnlyList<string>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<long> schemas, IReadOnlyList<string> carried, bool isDropped,
        CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(DependentsSql, connection)
        {
            Parameters =
            {
                new() { Value = Sql.Array(schemas.Select(oid => $"{oid}")) }, new() { Value = Sql.Array(carried) },
                new() { Value = isDropped },
            },
            CommandTimeout = Sql.LimitOf(connection),
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        SortedSet<string> found = new(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken)) found.Add(reader.GetString(0));
        return [.. found];
    }

    /// <summary>
    /// Follows dependencies from the schemas' own objects until they leave the schemas. A table that is moved out counts as outside, with
    /// its partitions and the sequences of its columns.
    /// </summary>
    private const string DependentsSql = $"""
        WITH RECURSIVE
        place AS (SELECT oid FROM pg_catalog.pg_namespace WHERE oid = ANY ($1::text[]::oid[])),
        carried AS (
          SELECT c.oid FROM place p
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.oid
          JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid WHERE c.relname = ANY ($2::text[])
          UNION
          SELECT i.inhrelid FROM carried c JOIN pg_catalog.pg_inherits i ON i.inhparent = c.oid),
        own AS (
          SELECT d.classid, d.objid
          FROM place p JOIN pg_catalog.pg_depend d
            ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.oid AND d.deptype = 'n'
          WHERE d.classid <> 'pg_catalog.pg_extension'::regclass
            AND NOT (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid IN (SELECT oid FROM carried))
            AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_depend e
              WHERE e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0 AND (e.deptype IN ('e', 'i')
                OR e.refclassid = 'pg_catalog.pg_class'::regclass AND e.refobjid IN (SELECT oid FROM carried) AND e.deptype = 'a'))),
        reached AS (
          SELECT classid, objid, NULL::oid AS relation, false AS outside FROM own
          UNION
          SELECT d.classid, d.objid, at.relation,
                 d.deptype <> 'i' AND (coalesce(at.schema NOT IN (SELECT oid FROM place), true)
                   OR coalesce(at.relation IN (SELECT oid FROM carried), false))
          FROM reached r
          JOIN pg_catalog.pg_depend d ON d.refclassid = r.classid AND d.refobjid = r.objid AND d.deptype <> 'e'
          CROSS JOIN LATERAL (SELECT {DependentPlace.Schema} AS schema, {DependentPlace.Relation} AS relation) AS at
          WHERE NOT r.outside AND at.schema IS DISTINCT FROM 'pg_toast'::regnamespace)
        SELECT CASE classid WHEN 'pg_catalog.pg_rewrite'::regclass
                 THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, relation, 0)
                 ELSE pg_catalog.pg_describe_object(classid, objid, 0) END
        FROM reached WHERE outside AND ($3 OR classid <> 'pg_catalog.pg_publication_rel'::regclass)
        UNION
        SELECT pg_catalog.pg_describe_object('pg_catalog.pg_subscription'::regclass, s.srsubid, 0)
        FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.oid
        JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid
        JOIN pg_catalog.pg_subscription_rel s ON s.srrelid = c.oid WHERE c.oid NOT IN (SELECT oid FROM carried)
        UNION
        SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0)
        FROM place p JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.oid
        WHERE $3 AND (d.classid = 'pg_catalog.pg_extension'::regclass
          OR d.classid = pg_catalog.to_regclass('pg_catalog.pg_publication_namespace'))
        """;
}
