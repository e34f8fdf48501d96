namespace PluginUpgrade.Databases;

/// <summary>What this role may do to the sessions of others.</summary>
internal static class SessionRights
{
    /// <summary>
    /// Whether it may cancel or end the session of a row <c>a</c> of pg_stat_activity. Sessions of superusers only a superuser may.
    /// Unknown where the row has no role.
    /// </summary>
    public const string MayEnd = """
        (pg_catalog.pg_has_role(a.usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')
          AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.oid = a.usesysid))
        """;
}
