using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Instances;

/// <summary>
/// Checks the database of a discovered row. Tenants may be able to write to that table: a row must not send the installation's password to
/// another server, nor weaken the protection of the connection to ours.
/// </summary>
internal static class DiscoveredAddress
{
    private static readonly string[] AllowedParts = ["Host", "Port", "Database", "Username", "Password"];

    /// <param name="allowed">More allowed servers, as HOST or HOST:PORT.</param>
    public static Problem? Find(Target installation, InstanceSettings found, IReadOnlyList<string> allowed)
    {
        // An invalid address is reported with the other mistakes.
        if (found.Database is not { } own || DatabaseAddress.Fault(own, complete: false) is not null) return null;
        var said = ForbiddenParts(DatabaseAddress.Read(installation.Database), DatabaseAddress.Merge("", own));
        if (said.Count > 0) return InstanceProblem.SaysMore(found.Name, said, AllowedParts);
        var known = ServerHosts.Of(DatabaseAddress.Merge(installation.Database, null));
        var strange = ServerHosts.Of(DatabaseAddress.Merge(installation.Database, own))
            .Where(host => !known.Any(one => IsSame(one, host)) && !allowed.Any(entry => Allows(entry, host))).ToList();
        return strange.Count == 0 ? null : InstanceProblem.OtherServer(found.Name, strange[0].Name, strange[0].Port);
    }

    /// <summary>
    /// The parts that a row may not set: not part of an address, different from the installation's, and not a stricter SSL mode.
    /// </summary>
    private static List<string> ForbiddenParts(NpgsqlConnectionStringBuilder installation, NpgsqlConnectionStringBuilder own) =>
        [.. own.Keys.Cast<string>().Except(AllowedParts, StringComparer.OrdinalIgnoreCase)
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
