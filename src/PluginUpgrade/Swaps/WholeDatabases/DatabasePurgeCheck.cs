using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Swaps.Kept;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>As <see cref="PurgeCheck"/>, of a whole database.</summary>
internal static class DatabasePurgeCheck
{
    /// <returns>The databases that krang-upgrade made; and the problems, some of which may be warnings.</returns>
    public static async Task<(IReadOnlyList<KeptSchema> Ours, IReadOnlyList<Problem> Problems)> FindAsync(
        NpgsqlConnection live, Target target, CancellationToken cancellationToken)
    {
        var kept = await KeptDatabases.ReadAsync(live, target.DatabaseName, cancellationToken);
        List<KeptSchema> ours = [.. kept.Where(one => one.IsOurs)];
        List<Problem> problems = [];
        if (kept.Where(one => !one.IsOurs).Select(one => one.Name).ToList() is { Count: > 0 } others)
            problems.Add(KeptProblem.NotOurs(target, others));
        foreach (var one in ours) problems.AddRange(await OfAsync(live, target, one, cancellationToken));
        return (ours, problems);
    }

    private static async Task<List<Problem>> OfAsync(
        NpgsqlConnection live, Target target, KeptSchema kept, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(UsersSql, live)
        {
            Parameters = { new() { Value = $"{kept.Oid}" } },
            CommandTimeout = Sql.LimitOf(live),
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<Problem> problems = [];
        if (!await reader.ReadAsync(cancellationToken)) return problems;
        if (!reader.GetBoolean(0))
            problems.Add(DatabaseProblem.MayNot(target, $"This role does not own the database {kept.Name}.",
                "Connect as the owner, or as a member of the owner's role. Then run the same command."));
        if (reader.GetString(1) is { Length: > 0 } sessions) problems.Add(DatabaseProblem.InUseKept(target, kept.Name, sessions));
        if (reader.GetString(2) is { Length: > 0 } bound)
            problems.Add(DatabaseProblem.KeptBound(target, kept.Name, bound.Split('\n')));
        return problems;
    }

    private const string UsersSql = """
        SELECT pg_catalog.pg_has_role(d.datdba, 'USAGE'),
               coalesce((SELECT pg_catalog.string_agg(pg_catalog.format('%s of %s (server process %s)',
                           coalesce(nullif(s.application_name, ''), s.backend_type, 'a session'), coalesce(s.usename, 'unknown'), s.pid),
                           ', ')
                         FROM pg_catalog.pg_stat_activity s
                         WHERE s.datid = d.oid AND s.backend_type IS DISTINCT FROM 'autovacuum worker'), ''),
               pg_catalog.concat_ws(E'\n',
                 (SELECT pg_catalog.string_agg('replication slot ' || s.slot_name, E'\n')
                  FROM pg_catalog.pg_replication_slots s WHERE s.database = d.datname),
                 (SELECT pg_catalog.string_agg('subscription ' || s.subname, E'\n')
                  FROM pg_catalog.pg_subscription s WHERE s.subdbid = d.oid),
                 (SELECT pg_catalog.string_agg(pg_catalog.format('prepared transaction %s of %s', p.gid, p.owner), E'\n')
                  FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname))
        FROM pg_catalog.pg_database d WHERE d.oid = $1::text::oid
        """;
}
