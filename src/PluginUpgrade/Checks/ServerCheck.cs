using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>The server is PostgreSQL 13 or newer: the commit protocol needs xid8 and pg_current_xact_id.</summary>
public static class ServerCheck
{
    public const int Oldest = 13;

    public static IEnumerable<Problem> Find(TargetState state)
    {
        if (state.Server is { } version && version.Major < Oldest)
            yield return new Problem("KU-3020", $"{state.Target}",
                $"The server {state.Target.Server} is PostgreSQL {version}; krang-upgrade needs {Oldest} or newer.",
                "Upgrade the server first, with pg_upgrade or by dump and restore.");
    }
}
