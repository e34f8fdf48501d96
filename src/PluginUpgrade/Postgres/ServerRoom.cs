using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>How many more connections a server accepts.</summary>
internal static class ServerRoom
{
    /// <returns>
    /// The smaller of the role's limit and the limit for all roles that are no superusers. Background processes are not counted.
    /// </returns>
    public static async Task<int> FreeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(RoomSql, connection) { CommandTimeout = Sql.LimitOf(connection) };
        return await query.ExecuteScalarAsync(cancellationToken) is int free ? free : 0;
    }

    private const string RoomSql = """
        SELECT least(
          pg_catalog.current_setting('max_connections')::integer
            - pg_catalog.current_setting('superuser_reserved_connections')::integer
            - coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::integer
            - (SELECT pg_catalog.sum(numbackends)::integer FROM pg_catalog.pg_stat_database),
          (SELECT CASE WHEN r.rolconnlimit >= 0 THEN r.rolconnlimit
                    - (SELECT pg_catalog.count(*)::integer FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid) END
           FROM pg_catalog.pg_roles r WHERE r.rolname = session_user))
        """;
}
