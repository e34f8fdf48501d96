using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Instances;

/// <summary>
/// What a discovered row may say of its database. The table may be one that tenants write to: it must not lead the installation's password
/// to a server of theirs, nor take its protection away on the way to ours.
/// </summary>
internal static class DiscoveredAddress
{
    private static readonly string[] Sayable = ["Host", "Port", "Database", "Username", "Password"];

    /// <param name="allowed">Servers besides the installation's, as HOST or HOST:PORT.</param>
    public static Problem? Find(Target installation, InstanceSettings found, IReadOnlyList<string> allowed)
    {
        // One that cannot be understood is reported with the others' mistakes.
        if (found.Database is not { } own || DatabaseAddress.Fault(own, complete: false) is not null) return null;
        var said = More(DatabaseAddress.Read(installation.Database), DatabaseAddress.Merge("", own));
        if (said.Count > 0) return InstanceProblem.SaysMore(found.Name, said, Sayable);
        var known = ServerHosts.Of(DatabaseAddress.Merge(installation.Database, null));
        var strange = ServerHosts.Of(DatabaseAddress.Merge(installation.Database, own))
            .Where(host => !known.Any(one => IsSame(one, host)) && !allowed.Any(entry => Allows(entry, host))).ToList();
        return strange.Count == 0 ? null : InstanceProblem.OtherServer(found.Name, strange[0].Name, strange[0].Port);
    }

    /// <summary>Besides an address: what the installation's connection string does not say too, and no stricter protection.</summary>
    private static List<string> More(NpgsqlConnectionStringBuilder installation, NpgsqlConnectionStringBuilder own) =>
        [.. own.Keys.Cast<string>().Except(Sayable, StringComparer.OrdinalIgnoreCase)
            .Where(keyword => !Equals(own[keyword], installation[keyword])
                && !(keyword == "SSL Mode" && own.SslMode >= installation.SslMode))];

    private static bool IsSame((string Name, int Port) one, (string Name, int Port) other) =>
        one.Port == other.Port && one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);

    private static bool Allows(string entry, (string Name, int Port) host)
    {
        var (name, port) = ServerHosts.Split(entry.Trim(), 0);
        return IsSame((name, port == 0 ? host.Port : port), host);
    }
}
