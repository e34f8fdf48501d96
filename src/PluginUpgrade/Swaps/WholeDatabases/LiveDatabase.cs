using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>What decides whether databases can be exchanged, read in the live one.</summary>
/// <param name="Oid">Of the live database.</param>
/// <param name="Bound">What belongs to the database itself and would not follow its name, or that prevents that it is renamed.</param>
/// <param name="Sessions">Other sessions, as text.</param>
/// <param name="NotEndable">Those of them that this role may not end.</param>
internal sealed record LiveDatabase(long Oid, IReadOnlyList<string> Bound, string Sessions, string NotEndable)
{
    public bool MayCreate { get; init; }

    /// <summary>Databases that exist, and that this role does not own.</summary>
    public IReadOnlyList<string> NotOwned { get; init; } = [];

    public bool IsTemplate { get; init; }

    /// <summary>Settings that this role could not give to another database.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Everything that prevents an exchange whatever is done then.</summary>
    public IEnumerable<Problem> Problems(Target target)
    {
        if (!MayCreate)
            yield return DatabaseProblem.MayNot(target, "This role may not create and rename databases.", "ALTER ROLE ... CREATEDB");
        if (NotOwned.Count > 0)
            yield return DatabaseProblem.MayNot(target, $"This role does not own the database{(NotOwned.Count == 1 ? "" : "s")} " +
                $"{Problem.Join(NotOwned)}.", "Connect as the owner, or as a member of the owner's role. Then run the same command.");
        if (IsTemplate)
            yield return DatabaseProblem.WrongKind(target, "is a template (ALTER DATABASE ... IS_TEMPLATE): others are copied from it");
        if (Bound.Count > 0) yield return DatabaseProblem.Bound(target, Bound);
        if (NotEndable.Length > 0) yield return DatabaseProblem.MayNotEnd(target, NotEndable);
    }

    /// <param name="live">A connection to the live database.</param>
    /// <param name="others">Names of further databases of the exchange.</param>
    /// <param name="application">Sessions of this name are krang-upgrade's own.</param>
    public static async Task<LiveDatabase> ReadAsync(
        NpgsqlConnection live, IReadOnlyList<string> others, string application, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(ReadSql, live)
        {
            Parameters = { new() { Value = Sql.Array(others) }, new() { Value = application } },
            CommandTimeout = Sql.LimitOf(live),
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new LiveDatabase(reader.GetInt64(0), Lines(4), reader.GetString(5), reader.GetString(6))
        {
            MayCreate = reader.GetBoolean(1),
            NotOwned = Lines(2),
            IsTemplate = reader.GetBoolean(3),
            Settings = Lines(7),
        };

        List<string> Lines(int column) => [.. reader.GetString(column).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private const string Names = "pg_catalog.string_agg(DISTINCT pg_catalog.format('%s of %s (server process %s)', " +
        "coalesce(nullif(s.application_name, ''), s.backend_type, 'a session'), coalesce(s.usename, 'unknown'), s.pid), ', ')";

    private const string ReadSql = $"""
        WITH me AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user),
        place AS (SELECT * FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
        session AS (
          SELECT a.*, me.rolsuper OR {SessionRights.MayEnd} AS endable
          FROM place JOIN pg_catalog.pg_stat_activity a ON a.datid = place.oid CROSS JOIN me
          WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.application_name IS DISTINCT FROM $2
            AND coalesce(a.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker'))
        SELECT place.oid::bigint, me.rolsuper OR me.rolcreatedb,
               coalesce((SELECT pg_catalog.string_agg(d.datname, E'\n') FROM pg_catalog.pg_database d
                         WHERE (d.oid = place.oid OR d.datname = ANY ($1::text[])) AND NOT pg_catalog.pg_has_role(d.datdba, 'USAGE')), ''),
               place.datistemplate,
               pg_catalog.concat_ws(E'\n',
                 (SELECT pg_catalog.string_agg('replication slot ' || s.slot_name, E'\n')
                  FROM pg_catalog.pg_replication_slots s WHERE s.database = place.datname),
                 (SELECT pg_catalog.string_agg('subscription ' || s.subname, E'\n')
                  FROM pg_catalog.pg_subscription s WHERE s.subdbid = place.oid),
                 (SELECT pg_catalog.string_agg('publication ' || p.pubname, E'\n') FROM pg_catalog.pg_publication p),
                 (SELECT pg_catalog.string_agg(pg_catalog.format('prepared transaction %s of %s', p.gid, p.owner), E'\n')
                  FROM pg_catalog.pg_prepared_xacts p WHERE p.database = place.datname)),
               coalesce((SELECT {Names} FROM session s), ''),
               coalesce((SELECT {Names} FROM session s WHERE NOT coalesce(s.endable, false)), ''),
               coalesce((
                 SELECT pg_catalog.string_agg(CASE s.setrole WHEN 0 THEN e.name
                   ELSE pg_catalog.format('%s of the role %s', e.name, pg_catalog.pg_get_userbyid(s.setrole)) END, E'\n')
                 FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
                 CROSS JOIN LATERAL (SELECT pg_catalog.split_part(c.setting, '=', 1) AS name) AS e
                 LEFT JOIN pg_catalog.pg_settings p ON p.name = pg_catalog.lower(e.name)
                 WHERE s.setdatabase = place.oid AND NOT me.rolsuper AND (
                   s.setrole NOT IN (0, me.oid) AND NOT me.rolcreaterole
                   OR p.context IN ('superuser', 'superuser-backend', 'sighup', 'postmaster', 'internal'))), '')
        FROM place CROSS JOIN me
        """;
}
