using PluginUpgrade;

namespace Misbehaving;

/// <summary>Writes down what the step before left of the session.</summary>
public sealed class V1_003 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => await instance.ExecuteAsync("""
        CREATE TABLE session AS
          SELECT current_user::text AS role, session_user::text AS login, current_setting('search_path') AS search_path,
                 current_setting('lock_timeout') AS lock_timeout, current_setting('statement_timeout') AS statement_timeout,
                 current_setting('default_transaction_read_only') AS read_only,
                 (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted) AS locks;
        """, cancellationToken);
}
