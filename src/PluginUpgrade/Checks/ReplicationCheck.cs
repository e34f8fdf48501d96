using PluginUpgrade.Databases;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Checks;

/// <summary>Standbys keep up: an upgrade that rewrites tables writes that much more write-ahead log.</summary>
public static class ReplicationCheck
{
    public static IEnumerable<Problem> Find(ServerActivity around, Lag limit) =>
        from standby in around.Standbys
        where limit.Time is { } time ? standby.Delay >= time : standby.Bytes >= limit.Bytes
        select new Problem("KU-3215", around.Server,
            $"The standby {Name(standby)} is {Behind(standby)} behind, more than {limit} (Check:ReplicationLag). "
                + "An upgrade would increase this delay, and a failover now would lose these changes.",
            "Let it catch up first: see pg_stat_replication.", Severity.Warning);

    /// <summary>A warning where the role may not see how far standbys are behind.</summary>
    public static IEnumerable<Problem> Hidden(ServerActivity around)
    {
        if (around.Standbys.Count(standby => standby.Hidden) is > 0 and var hidden)
            yield return new Problem("KU-3216", around.Server,
                $"This role cannot see how far {(hidden == 1 ? "its standby is" : $"its {hidden} standbys are")} behind.",
                "To have this checked: GRANT pg_monitor TO the role", Severity.Warning);
    }

    private static string Name(Standby standby) =>
        $"{(standby.Name.Length > 0 ? standby.Name : "without a name")}{(standby.Client.Length > 0 ? $" ({standby.Client})" : "")}";

    private static string Behind(Standby standby) => (standby.Bytes, standby.Delay) switch
    {
        ({ } bytes, { } delay) => $"{Quantity.Size(bytes)} and {delay:hh\\:mm\\:ss}",
        ({ } bytes, null) => Quantity.Size(bytes),
        (_, { } delay) => $"{delay:hh\\:mm\\:ss}",
        _ => "far",
    };
}
