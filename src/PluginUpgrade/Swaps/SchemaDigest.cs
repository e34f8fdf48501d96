using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps;

/// <summary>
/// A digest of what the catalogs say of a schema: any DDL between two readings changes it. Rows, sequences' positions, statistics, VACUUM,
/// TRUNCATE, REINDEX and comments do not. Reads by the catalogs' indexes, because a shared database may have thousands of schemas.
/// </summary>
internal static class SchemaDigest
{
    /// <summary>Triggers that call a function of the schema that is built are left out: they capture changes for it.</summary>
    /// <param name="capture">Where the functions of such triggers lie, if not in that schema.</param>
    /// <returns>Empty if there is no such schema.</returns>
    public static Task<string> ReadAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken, string? capture = null) =>
        ReadAsync(connection, WholeSql, schema, capture ?? BesideNames.Next(schema), [], cancellationToken);

    /// <summary>The shape of some tables: it stays the same if they are moved to another schema, or get other owners and rights.</summary>
    /// <param name="schema">Where they are now.</param>
    /// <returns>Empty if there is none of them.</returns>
    public static Task<string> OfTablesAsync(
        NpgsqlConnection connection, string schema, IReadOnlyList<string> tables, CancellationToken cancellationToken) =>
        ReadAsync(connection, TablesSql, schema, BesideNames.Next(schema), tables, cancellationToken);

    private static async Task<string> ReadAsync(
        NpgsqlConnection connection, string sql, string schema, string capture, IReadOnlyList<string> tables,
        CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = schema }, new() { Value = capture }, new() { Value = Sql.Array(tables) },
            },
            CommandTimeout = Sql.LimitOf(connection),
        };
        return $"{await query.ExecuteScalarAsync(cancellationToken)}";
    }

    /// <summary>What changes without DDL, or by maintenance: which file holds a table, what VACUUM and ANALYZE write.</summary>
    private const string Changing = """
        '{relfilenode,reltablespace,relpages,reltuples,relallvisible,relallfrozen,reltoastrelid,relhasindex,relhasrules,relhastriggers,
          relhassubclass,relfrozenxid,relminmxid,relrewrite,relispopulated,
          atthasmissing,attmissingval,attcacheoff,indexrelid,indcheckxmin,indisclustered,conindid,tgconstrindid}'::text[]
        """;

    /// <summary>What moving a table to another schema changes, and what has nothing to do with its shape.</summary>
    private const string Moved =
        "'{relnamespace,connamespace,stxnamespace,relowner,relacl,reloptions,attacl,attoptions,attstattarget,stxowner}'::text[]";

    private const string WholeSql = $"""
        WITH place AS (SELECT n.oid, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n WHERE n.nspname = $1),
        own AS (
          SELECT d.classid, d.objid FROM place p JOIN pg_catalog.pg_depend d
            ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = p.oid),
        relation AS (SELECT objid AS oid FROM own WHERE classid = 'pg_catalog.pg_class'::regclass),
        type AS (SELECT objid AS oid FROM own WHERE classid = 'pg_catalog.pg_type'::regclass),
        detail(text) AS (
          SELECT pg_catalog.concat_ws(' ', 'schema', nspowner, nspacl) FROM place
          UNION ALL SELECT pg_catalog.concat_ws(' ', 'object', classid, objid) FROM own
          UNION ALL SELECT 'type ' || pg_catalog.to_jsonb(x)::text FROM type JOIN pg_catalog.pg_type x USING (oid)
          UNION ALL SELECT 'rule of type ' || pg_catalog.to_jsonb(x)::text
            FROM type JOIN pg_catalog.pg_constraint x ON x.contypid = type.oid
          UNION ALL SELECT 'word ' || pg_catalog.to_jsonb(x)::text FROM type JOIN pg_catalog.pg_enum x ON x.enumtypid = type.oid
          UNION ALL SELECT 'range ' || pg_catalog.to_jsonb(x)::text FROM type JOIN pg_catalog.pg_range x ON x.rngtypid = type.oid
          UNION ALL SELECT 'routine ' || pg_catalog.to_jsonb(x)::text FROM own JOIN pg_catalog.pg_proc x
            ON own.classid = x.tableoid AND own.objid = x.oid
          UNION ALL SELECT 'rights ' || pg_catalog.to_jsonb(x)::text
            FROM place JOIN pg_catalog.pg_default_acl x ON x.defaclnamespace = place.oid
          UNION ALL {RelationsSql})
        SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(text, E'\n' ORDER BY text COLLATE "C")), '') FROM detail
        """;

    private const string TablesSql = $"""
        WITH relation AS (
          SELECT c.oid FROM pg_catalog.unnest($3::text[]) AS t(name)
          JOIN pg_catalog.pg_namespace n ON n.nspname = $1
          JOIN pg_catalog.pg_class c ON c.relname = t.name AND c.relnamespace = n.oid),
        detail(text) AS ({RelationsSql})
        SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(text, E'\n' ORDER BY text COLLATE "C")), '') FROM detail
        """;

    private const string RelationsSql = $"""
        SELECT x.kind || (x.row - {Changing} - CASE WHEN $3 = '{EmptyArray}' THEN '{EmptyArray}'::text[] ELSE {Moved} END)::text
        FROM (
          SELECT 'relation ', pg_catalog.to_jsonb(x) FROM relation JOIN pg_catalog.pg_class x USING (oid)
          UNION ALL SELECT 'column ', pg_catalog.to_jsonb(x)
            FROM relation JOIN pg_catalog.pg_attribute x ON x.attrelid = oid AND x.attnum > 0
          UNION ALL SELECT 'default ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_attrdef x ON x.adrelid = r.oid
          UNION ALL SELECT 'rule ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_constraint x ON x.conrelid = r.oid
          UNION ALL SELECT 'index ' || c.relname || pg_catalog.concat(c.reloptions) || ' ', pg_catalog.to_jsonb(x)
            FROM relation r JOIN pg_catalog.pg_index x ON x.indrelid = r.oid JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
          UNION ALL SELECT 'trigger ', pg_catalog.to_jsonb(x)
            FROM relation r JOIN pg_catalog.pg_trigger x ON x.tgrelid = r.oid AND NOT x.tgisinternal
            JOIN pg_catalog.pg_proc f ON f.oid = x.tgfoid JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace AND n.nspname <> $2
          UNION ALL SELECT 'rewrite ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_rewrite x ON x.ev_class = r.oid
          UNION ALL SELECT 'policy ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_policy x ON x.polrelid = r.oid
          UNION ALL SELECT 'statistics ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_statistic_ext x ON x.stxrelid = r.oid
          UNION ALL SELECT 'sequence ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_sequence x ON x.seqrelid = r.oid
          UNION ALL SELECT 'foreign ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_foreign_table x ON x.ftrelid = r.oid
          UNION ALL SELECT 'child ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_inherits x ON x.inhrelid = r.oid
          UNION ALL SELECT 'parent ', pg_catalog.to_jsonb(x) FROM relation r JOIN pg_catalog.pg_inherits x ON x.inhparent = r.oid
        ) AS x(kind, row)
        """;

    private const string EmptyArray = "{}";
}
