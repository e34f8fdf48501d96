using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Checks;

/// <summary>The server accepts writes, and this role may write.</summary>
public static class RightsCheck
{
    public static IEnumerable<Problem> Find(TargetState state)
    {
        var target = state.Target;
        if (state.ReadOnly)
            yield return new Problem("KU-3003", $"{target}",
                $"The server {target.Server} accepts no writes: it is a standby, or default_transaction_read_only is on.",
                "Use the primary server in the settings.");
        if (state.JournalFaults.Any(fault => fault.Kind == JournalFaultKind.Write)) yield return JournalProblem.MayNotWrite(target);
        if (!state.MayCreate)
            yield return new Problem("KU-3004", $"{target}",
                $"This role has no right to create objects in schema {target.Schema} of database {target.DatabaseName}.",
                $"Connect as the schema's owner, or: GRANT CREATE, USAGE ON SCHEMA {PostgresName.Quote(target.Schema)} TO the role");
    }
}
