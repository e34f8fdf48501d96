using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Checks;

/// <summary>
/// A connection has a server session for itself: directly, or through a pooler in session mode. Locks of sessions protect targets.
/// </summary>
public static class PoolerCheck
{
    private const string Direct = "Name the server itself, or a pool in session mode (pool_mode = session).";

    public static IEnumerable<Problem> Find(TargetState fact)
    {
        var target = fact.Target;
        if (fact.SessionOwner == SessionOwner.Transaction)
            yield return new Problem("KU-3010", $"{target}",
                $"{target.Server} (database {target.DatabaseName}) is a pooler that lends a server's session for one transaction only: "
                    + "the lock that keeps other hosts away would be left on a session that others use, and settings would be lost.",
                Direct);
        if (fact.SessionOwner == SessionOwner.Unknown)
            yield return new Problem("KU-3011", $"{target}",
                $"{target.Server} (database {target.DatabaseName}) is a pooler, and it gave out no second session: it cannot be told "
                    + "whether it pools sessions or transactions, and an upgrade needs at least two.",
                Direct + " Or let it give out more sessions (default_pool_size).");
    }
}
