namespace PluginUpgrade.Databases;

/// <summary>
/// The queries for the activity around a database. Each scans a catalog at most once. An ordinary role sees only name, role and database of
/// other roles' sessions.
/// </summary>
internal static class ServerActivitySql
{
    /// <summary>
    /// Client sessions that are not krang-upgrade's. Where the backend type is hidden, a session with a role counts as a client's.
    /// </summary>
    private const string IsOther = """
        a.datid IS NOT NULL AND a.usesysid IS NOT NULL AND coalesce(a.backend_type, 'client backend') = 'client backend'
          AND a.pid <> pg_catalog.pg_backend_pid() AND coalesce(a.application_name, '') NOT LIKE 'krang-upgrade %'
        """;

    private const string ThisDatabase = "(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

    public const string Limits = $"""
        SELECT pg_catalog.current_setting('max_locks_per_transaction')::integer,
               pg_catalog.current_setting('max_connections')::integer,
               pg_catalog.current_setting('max_prepared_transactions')::integer,
               pg_catalog.current_setting('max_connections')::integer - CASE WHEN r.rolsuper THEN 0 ELSE
                 pg_catalog.current_setting('superuser_reserved_connections')::integer
                 + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::integer END,
               (pg_catalog.count(a.pid))::integer,
               CASE WHEN r.rolconnlimit >= 0 AND NOT r.rolsuper THEN r.rolconnlimit END,
               (pg_catalog.count(a.pid) FILTER (WHERE a.usesysid = r.oid))::integer,
               pg_catalog.count(a.pid) FILTER (WHERE a.datid = {ThisDatabase} AND a.backend_type IS NULL)
        FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_stat_activity a ON {IsOther}
        WHERE r.rolname = session_user
        GROUP BY r.oid, r.rolsuper, r.rolconnlimit
        """;

    /// <summary>The databases in which others have sessions or prepared transactions, as <c>system identifier/oid</c>.</summary>
    public const string Used = $"""
        SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text || '/' || d.oid::text
        FROM pg_catalog.pg_database d
        WHERE d.oid IN (SELECT a.datid FROM pg_catalog.pg_stat_activity a WHERE {IsOther})
           OR d.datname IN (SELECT p.database FROM pg_catalog.pg_prepared_xacts p)
        """;

    /// <summary>A base backup is not a standby.</summary>
    public const string Standbys = """
        SELECT coalesce(application_name, ''), coalesce(pg_catalog.host(client_addr), ''),
               pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
                                               ELSE pg_catalog.pg_current_wal_lsn() END, replay_lsn)::bigint,
               extract(epoch FROM replay_lag)::double precision, state IS NULL
        FROM pg_catalog.pg_stat_replication WHERE state IS DISTINCT FROM 'backup' ORDER BY 1, 2
        """;

    public const string LongTransactions = $"""
        SELECT a.xact_start, extract(epoch FROM pg_catalog.now() - a.xact_start)::double precision, n.nspname::text,
               pg_catalog.min(c.relname)::text, pg_catalog.count(*),
               a.pid, coalesce(a.application_name, ''), coalesce(a.usename, '')::text, coalesce(pg_catalog.host(a.client_addr), ''),
               coalesce(a.state, ''), coalesce(pg_catalog.left(a.query, 500), '')
        FROM pg_catalog.pg_stat_activity a
        LEFT JOIN (pg_catalog.pg_locks l
                   JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)
          ON l.pid = a.pid AND l.locktype = 'relation' AND l.granted AND l.database = {ThisDatabase}
        WHERE {IsOther} AND a.datid = {ThisDatabase} AND a.xact_start < pg_catalog.now() - pg_catalog.make_interval(secs => $1)
        GROUP BY a.xact_start, n.nspname, a.pid, a.application_name, a.usename, a.client_addr, a.state, a.query
        ORDER BY a.xact_start, a.pid, n.nspname
        """;

    /// <summary>
    /// The locks of a prepared transaction belong to no process. They are found by its lock on its transaction id, which has the same
    /// virtual transaction. (The virtual transaction's name alone is not enough: it changes at a restart of the server.)
    /// </summary>
    public const string PreparedTransactions = $"""
        SELECT p.prepared, extract(epoch FROM pg_catalog.now() - p.prepared)::double precision, n.nspname::text,
               pg_catalog.min(c.relname)::text, pg_catalog.count(*),
               p.gid, p.owner::text
        FROM pg_catalog.pg_prepared_xacts p
        LEFT JOIN pg_catalog.pg_locks x ON x.pid IS NULL AND x.locktype = 'transactionid' AND x.transactionid = p.transaction
        LEFT JOIN (pg_catalog.pg_locks l
                   JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)
          ON l.pid IS NULL AND l.virtualtransaction = x.virtualtransaction AND l.locktype = 'relation' AND l.database = {ThisDatabase}
        WHERE p.database = pg_catalog.current_database()
        GROUP BY p.prepared, n.nspname, p.gid, p.owner
        ORDER BY p.prepared, p.gid, n.nspname
        """;

    public const string Applications = $"""
        SELECT coalesce(a.application_name, ''), coalesce(a.usename, '')::text, coalesce(pg_catalog.host(a.client_addr), ''),
               pg_catalog.count(*)
        FROM pg_catalog.pg_stat_activity a WHERE {IsOther} AND a.datid = {ThisDatabase}
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """;
}
