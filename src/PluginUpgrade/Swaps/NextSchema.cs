using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

internal enum NextSchemaState
{
    Absent,

    /// <summary>A try was interrupted before it began to build.</summary>
    Unused,

    /// <summary>An earlier try of this step was interrupted or failed.</summary>
    Unfinished,

    /// <summary>It is not from an earlier try of this step.</summary>
    Foreign,
}

/// <summary>The schema that is built: made, found again, dropped, or kept for study.</summary>
/// <param name="session">Its journal is the new schema's.</param>
internal sealed class NextSchema(LaneSession session, string live)
{
    /// <summary>How long to wait for the locks of live tables, which have triggers that record changes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private string Name => session.Journal.Schema;

    public async Task<NextSchemaState> FindAsync(UpgradeStep step, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid),
                   coalesce(pg_catalog.obj_description(pg_catalog.to_regclass($2), 'pg_class'), '') = $3
            FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
            """, session.Connection)
        {
            Parameters = { new() { Value = Name }, new() { Value = Journal.Table(Name) }, new() { Value = Journal.Format } },
        };
        var (hasObjects, hasJournal) = (false, false);
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken)) return NextSchemaState.Absent;
            (hasObjects, hasJournal) = (reader.GetBoolean(0), reader.GetBoolean(1));
        }
        if (!hasObjects) return NextSchemaState.Unused;
        if (!hasJournal) return NextSchemaState.Foreign;
        var row = await session.Journal.ReadAsync(session.Connection, step, cancellationToken);
        if (row is { State: StepState.Running or StepState.Failed }) return NextSchemaState.Unfinished;
        return row is null && await IsUnusedAsync(cancellationToken) ? NextSchemaState.Unused : NextSchemaState.Foreign;
    }

    /// <summary>Whether it holds nothing but an empty journal.</summary>
    private async Task<bool> IsUnusedAsync(CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT NOT EXISTS (SELECT FROM {Journal.Table(Name)}) AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relname <> $2)
            """, session.Connection)
        {
            Parameters = { new() { Value = Name }, new() { Value = Journal.TableName } },
        };
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Makes it with the owner, the rights, the default privileges and the comment of the live schema.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        List<string> statements = [];
        await using (var query = new NpgsqlCommand(MakeSql, session.Connection)
        {
            Parameters = { new() { Value = live }, new() { Value = Name } },
        })
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) statements.Add(reader.GetString(0));
        await session.ExecuteAsync(string.Join("; ", ["BEGIN", .. statements, "COMMIT"]), cancellationToken);
    }

    public Task DropAsync(CancellationToken cancellationToken) =>
        WithoutTriggersAsync([$"DROP SCHEMA {PostgresName.Quote(Name)} CASCADE"], cancellationToken);

    /// <summary>Renames it to <c>__failed</c>, and says in its comment why.</summary>
    public Task KeepFailedAsync(KeptNote note, CancellationToken cancellationToken) => WithoutTriggersAsync(
    [
        $"ALTER SCHEMA {PostgresName.Quote(Name)} RENAME TO {PostgresName.Quote(BesideNames.Failed(live))}",
        SchemaComment.WriteSql(BesideNames.Failed(live), note.Above(null)),
    ], cancellationToken);

    /// <summary>First removes the triggers on live tables.</summary>
    private Task WithoutTriggersAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) => ShortLocks.RunAsync(
        session, [CaptureNames.DropTriggersSql(Name, live), .. statements], Patience, TimeProvider.System, cancellationToken);

    private const string MakeSql = """
        WITH live AS (SELECT * FROM pg_catalog.pg_namespace WHERE nspname = $1)
        SELECT sql FROM (
          SELECT 1, pg_catalog.format('CREATE SCHEMA %I AUTHORIZATION %I', $2, pg_catalog.pg_get_userbyid(nspowner)) FROM live
          UNION ALL
          SELECT 2, pg_catalog.format('GRANT %s ON SCHEMA %I TO %s%s', a.privilege_type, $2,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
            CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM live CROSS JOIN LATERAL pg_catalog.aclexplode(live.nspacl) a WHERE a.grantee <> live.nspowner
          UNION ALL
          SELECT 3, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT %s ON %s TO %s%s',
            pg_catalog.pg_get_userbyid(d.defaclrole), $2, a.privilege_type,
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' END,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
            CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM live JOIN pg_catalog.pg_default_acl d ON d.defaclnamespace = live.oid
          CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
          UNION ALL
          SELECT 4, pg_catalog.format('COMMENT ON SCHEMA %I IS %L', $2, pg_catalog.obj_description(oid, 'pg_namespace')) FROM live
          WHERE pg_catalog.obj_description(oid, 'pg_namespace') IS NOT NULL) AS made(number, sql)
        ORDER BY number
        """;
}
