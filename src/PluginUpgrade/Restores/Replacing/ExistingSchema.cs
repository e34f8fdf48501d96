using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>An object elsewhere that depends on a schema's objects.</summary>
/// <param name="Schema">Its schema; null if it has none.</param>
internal readonly record struct ExternalDependent(string What, string? Schema);

/// <summary>What exists of a schema before it is replaced.</summary>
/// <param name="MayReplace">Whether the role owns the schema or, if it is missing, may create it.</param>
/// <param name="ExternalDependents">Objects elsewhere that depend on the schema's objects, and would be dropped with them.</param>
/// <param name="Publications">Which of the schema's tables are in which publications: they leave them when they are dropped.</param>
internal sealed record ExistingSchema(
    bool Exists, bool MayReplace, int Tables, IReadOnlyList<ExternalDependent> ExternalDependents, IReadOnlyList<string> Publications)
{
    /// <summary>Whether the role owns the schema itself. Otherwise it may not change the schema's own rights, comment and owner.</summary>
    public bool IsOwner { get; init; }

    /// <summary>The number of locks that it takes to drop all of its objects and to create as many again.</summary>
    public long Locks { get; init; }

    /// <summary>Prepared transactions that hold locks on its objects, as text.</summary>
    public string Prepared { get; init; } = "";

    /// <summary>The objects that would be lost if these schemas are replaced together.</summary>
    public IReadOnlyList<string> ExternalDependentsOf(IReadOnlyCollection<string> together) =>
        [.. ExternalDependents.Where(one => one.Schema is null || !together.Contains(one.Schema)).Select(one => one.What)];

    /// <summary>Reads many schemas of one database in three round trips.</summary>
    public static async Task<IReadOnlyDictionary<string, ExistingSchema>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        var dependents = await RowsAsync(connection, DependentsSql, schemas,
            row => (Schema: row.GetString(0), IsPublication: row.GetBoolean(2),
                ExternalDependent: new ExternalDependent(row.GetString(1), row.IsDBNull(3) ? null : row.GetString(3))), cancellationToken);
        var by = dependents.ToLookup(one => (one.Schema, one.IsPublication), one => one.ExternalDependent);
        var locks = (await RowsAsync(connection, RestoreLocks.Sql, schemas,
            row => (row.GetString(0), row.GetInt64(1) + row.GetInt64(2)), cancellationToken))
            .ToDictionary(row => row.Item1, row => row.Item2);
        var found = await RowsAsync(connection, PlacesSql, schemas, row => KeyValuePair.Create(row.GetString(0), new ExistingSchema(
            row.GetBoolean(1), row.GetBoolean(2), row.GetInt32(3),
            [.. by[(row.GetString(0), false)].Distinct().OrderBy(dependent => dependent.What, StringComparer.Ordinal)],
            [.. by[(row.GetString(0), true)].Select(dependent => dependent.What).Distinct().Order(StringComparer.Ordinal)])
        {
            IsOwner = row.GetBoolean(4),
            Prepared = row.GetString(5),
            Locks = locks.GetValueOrDefault(row.GetString(0)),
        }), cancellationToken);
        return found.ToDictionary();
    }

    /// <summary>
    /// Drops the schema's objects but keeps the schema: others may have rights on it, and extensions may be in it. Objects of extensions
    /// stay. The server itself builds and runs the statements, because names may have bytes that cannot be decoded here.
    /// </summary>
    public static async Task DropAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"""
                    SELECT pg_catalog.set_config(
                      'krang.statements', coalesce(pg_catalog.array_agg(x.sql)::text, '{EmptyArray}'), true) IS NOT NULL
                    FROM ({DropSql}) AS x(sql)
                    """)
                {
                    Parameters = { new() { Value = Sql.Array([schema]) } },
                },
                new("""
                    DO $$DECLARE statement text; BEGIN
                      FOREACH statement IN ARRAY pg_catalog.current_setting('krang.statements')::text[] LOOP EXECUTE statement; END LOOP;
                    END$$
                    """),
            },
            Timeout = 0,
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Statements that give the schema the rights of a new schema.</summary>
    public static async Task<IReadOnlyList<string>> ResetRightsSqlAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
        await RowsAsync(connection, RightsSql, [schema], row => row.GetString(0), cancellationToken);

    /// <summary>Statements that give the schemas' objects the rights that they would have without default privileges.</summary>
    public static async Task<IReadOnlyList<string>> ResetContentRightsSqlAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken) =>
        await RowsAsync(connection, ContentRights.Sql, schemas, row => row.GetString(0), cancellationToken);

    /// <summary>Statements that add the published tables to their publications again.</summary>
    public static async Task<IReadOnlyList<string>> PublishSqlAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken) => await RowsAsync(
            connection, Replacing.Publications.Sql(connection.PostgreSqlVersion), schemas, row => row.GetString(0), cancellationToken);

    /// <summary>
    /// The OIDs of the schemas' relations, types and routines: restored objects get new OIDs.
    /// </summary>
    public static async Task<string> EvidenceAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken) =>
        (await RowsAsync(connection, EvidenceSql, schemas, row => row.GetString(0), cancellationToken))[0];

    /// <summary>
    /// Statements that switch row security off where it is on: tables that were saved with it have statements that switch it on.
    /// </summary>
    public static async Task<IReadOnlyList<string>> ResetRowSecuritySqlAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken) =>
        await RowsAsync(connection, """
            SELECT pg_catalog.format('ALTER TABLE %I.%I DISABLE ROW LEVEL SECURITY', n.nspname, c.relname)
            FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid WHERE c.relrowsecurity AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_depend d WHERE d.classid = c.tableoid AND d.objid = c.oid AND d.deptype = 'e')
            """, schemas, row => row.GetString(0), cancellationToken);

    private const string EmptyArray = "{}";

    private static async Task<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, string sql, IReadOnlyList<string> schemas, Func<NpgsqlDataReader, T> row,
        CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Sql.Array(schemas) } } };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken)) rows.Add(row(reader));
        return rows;
    }

    private const string PlacesSql = """
        SELECT s.name, n.oid IS NOT NULL,
               CASE WHEN n.oid IS NULL THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
                    ELSE pg_catalog.pg_has_role(n.nspowner, 'USAGE') OR pg_catalog.has_schema_privilege(n.oid, 'CREATE')
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                                      WHERE c.relnamespace = n.oid AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE'))
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p
                                      WHERE p.pronamespace = n.oid AND NOT pg_catalog.pg_has_role(p.proowner, 'USAGE')
                                        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')) END,
               (SELECT count(*) FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'f'))::integer,
               n.oid IS NULL OR pg_catalog.pg_has_role(n.nspowner, 'USAGE'),
               coalesce((SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('%s of %s', p.gid, p.owner), ', ')
                         FROM pg_catalog.pg_prepared_xacts p
                         JOIN pg_catalog.pg_locks x ON x.pid IS NULL AND x.locktype = 'transactionid' AND x.transactionid = p.transaction
                         JOIN pg_catalog.pg_locks l ON l.pid IS NULL AND l.virtualtransaction = x.virtualtransaction
                         JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relnamespace = n.oid
                         WHERE p.database = pg_catalog.current_database()), '')
        FROM unnest($1::text[]) AS s(name) LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        """;

    /// <summary>
    /// The schemas' own objects: without those of extensions, and without parts of other objects, such as the sequence of an identity
    /// column.
    /// </summary>
    private const string Own = """
        own AS (
          SELECT n.oid AS schema, n.nspname AS name, d.classid, d.objid
          FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
          WHERE d.classid <> 'pg_catalog.pg_extension'::regclass AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend e
            WHERE e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0 AND e.deptype IN ('e', 'i')))
        """;

    private const string DependentsSql = $"""
        WITH RECURSIVE {Own}, doomed AS (
          SELECT schema, name, classid, objid, false AS external, schema AS place FROM own
          UNION
          SELECT o.schema, o.name, d.classid, d.objid, d.deptype <> 'i' AND coalesce(at.schema <> o.schema, true), at.schema
          FROM doomed o
          JOIN pg_catalog.pg_depend d ON d.refclassid = o.classid AND d.refobjid = o.objid AND d.deptype <> 'e'
          CROSS JOIN LATERAL (SELECT {DependentPlace.Schema} AS schema) AS at
          WHERE NOT o.external AND at.schema IS DISTINCT FROM 'pg_toast'::regnamespace)
        SELECT name, pg_catalog.pg_describe_object(classid, objid, 0), classid = 'pg_catalog.pg_publication_rel'::regclass,
               (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = place)
        FROM doomed WHERE external AND NOT EXISTS (
          -- The restore adds these to their publications again.
          SELECT FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
          WHERE classid = 'pg_catalog.pg_publication_rel'::regclass AND r.oid = objid AND pg_catalog.pg_has_role(p.pubowner, 'USAGE'))
        """;

    private const string DropSql = $"""
        WITH {Own}
        SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE',
          CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE' WHEN i.type = 'statistics object' THEN 'STATISTICS'
               ELSE i.type END, i.identity)
        FROM own CROSS JOIN LATERAL pg_catalog.pg_identify_object(own.classid, own.objid, 0) i
        UNION ALL
        SELECT DISTINCT pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I REVOKE ALL ON %s FROM %s',
          pg_catalog.pg_get_userbyid(d.defaclrole), n.nspname,
          CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' END,
          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
        FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        JOIN pg_catalog.pg_default_acl d ON d.defaclnamespace = n.oid CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
        """;

    private const string RightsSql = """
        WITH place AS (
          SELECT n.nspname, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS now, n.nspacl, i.initprivs,
                 -- The rights that pg_dump assumes for a new schema public, whoever owns it now; pg_init_privs names its first owner.
                 CASE WHEN n.nspname = 'public' THEN pg_catalog.acldefault('n', n.nspowner) || pg_catalog.format('=%s/%s',
                        CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 150000 THEN 'U' ELSE 'UC' END,
                        pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(n.nspowner)))::aclitem
                      ELSE coalesce(i.initprivs, pg_catalog.acldefault('n', n.nspowner)) END AS made
          FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
          LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = n.oid AND i.objsubid = 0)
        SELECT statement FROM (
          SELECT DISTINCT 1 AS first, pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM %s CASCADE', p.nspname,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END) AS statement
          FROM place p CROSS JOIN LATERAL pg_catalog.aclexplode(p.now) a WHERE p.nspacl IS NOT NULL
          UNION ALL
          SELECT 2, pg_catalog.format('GRANT %s ON SCHEMA %I TO %s%s', a.privilege_type, p.nspname,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
            CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM place p CROSS JOIN LATERAL pg_catalog.aclexplode(p.made) a WHERE p.nspacl IS NOT NULL) AS both_kinds
        ORDER BY first, statement
        """;

    private const string EvidenceSql = """
        SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', o.kind, o.oid), ',' ORDER BY o.kind, o.oid)), '')
        FROM unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        CROSS JOIN LATERAL (
          SELECT 'c' AS kind, oid::bigint FROM pg_catalog.pg_class WHERE relnamespace = n.oid
          UNION ALL SELECT 't', oid::bigint FROM pg_catalog.pg_type WHERE typnamespace = n.oid
          UNION ALL SELECT 'p', oid::bigint FROM pg_catalog.pg_proc WHERE pronamespace = n.oid) AS o
        """;
}
