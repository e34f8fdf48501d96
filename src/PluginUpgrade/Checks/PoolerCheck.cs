using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Checks;

/// <summary>
/// Each connection has a server session of its own: directly, or through a pooler in session mode. The locks of targets are session locks.
/// </summary>
public static class PoolerCheck
{
    private const string Direct = "Connect to the server itself, or to a pool in session mode (pool_mode = session).";

    public static IEnumerable<Problem> Find(TargetState state)
    {
        var target = state.Target;
        if (state.SessionOwner == SessionOwner.Transaction)
            yield return new Problem("KU-3010", $"{target}",
                $"{target.Server} (database {target.DatabaseName}) is a pooler that assigns a session for one transaction only: "
                    + "krang-upgrade's lock would stay on a session that others use, and its settings would be lost.",
                Direct);
        if (state.SessionOwner == SessionOwner.Unknown)
            yield return new Problem("KU-3011", $"{target}",
                $"{target.Server} (database {target.DatabaseName}) is a pooler that did not provide a second session. So it is unknown "
                    + "whether it pools sessions or transactions. An upgrade needs at least two sessions.",
                Direct + " Or raise the number of its sessions (default_pool_size).");
    }
}
