using Npgsql;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>Gives the new database what an application finds before any object: the rights on the schema, and default privileges.</summary>
internal static class NextRights
{
    public static async Task CopyAsync(LaneSession live, LaneSession next, string schema, CancellationToken cancellationToken)
    {
        List<string> statements = [];
        await using (var query = new NpgsqlCommand(RightsSql, live.Connection) { Parameters = { new() { Value = schema } } })
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) statements.Add(reader.GetString(0));
        await next.ExecuteAsync(string.Join("; ", ["BEGIN", .. statements, "COMMIT"]), cancellationToken);
    }

    private const string Grantee =
        "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END";

    private const string RightsSql = $"""
        WITH live AS (SELECT * FROM pg_catalog.pg_namespace WHERE nspname = $1)
        SELECT made.sql FROM (
          SELECT 1, pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I', nspname) FROM live
          UNION ALL
          SELECT 2, pg_catalog.format('ALTER SCHEMA %I OWNER TO %I', nspname, pg_catalog.pg_get_userbyid(nspowner)) FROM live
          WHERE nspowner <> pg_catalog.to_regrole('pg_database_owner')
          UNION ALL
          SELECT 3, pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', nspname) FROM live
          UNION ALL
          SELECT 4, pg_catalog.format('GRANT %s ON SCHEMA %I TO %s%s', a.privilege_type, nspname, {Grantee},
            CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM live CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(nspacl, pg_catalog.acldefault('n', nspowner))) a
          WHERE a.grantee <> live.nspowner
          UNION ALL
          SELECT 5, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s%s',
            pg_catalog.pg_get_userbyid(d.defaclrole),
            CASE WHEN d.defaclnamespace = 0 THEN '' ELSE pg_catalog.format(' IN SCHEMA %I', live.nspname) END, a.privilege_type,
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
              ELSE 'SCHEMAS' END, {Grantee}, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM live JOIN pg_catalog.pg_default_acl d ON d.defaclnamespace IN (0, live.oid)
          CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
          WHERE a.grantee <> d.defaclrole
          UNION ALL
          SELECT 6, pg_catalog.format('COMMENT ON SCHEMA %I IS %L', nspname, pg_catalog.obj_description(oid, 'pg_namespace')) FROM live
          WHERE pg_catalog.obj_description(oid, 'pg_namespace') IS NOT NULL) AS made(number, sql)
        ORDER BY made.number
        """;
}
