using System.Globalization;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>The servers that a connection string names.</summary>
public static class ServerHosts
{
    /// <summary>In their order, each with its port.</summary>
    public static IReadOnlyList<(string Name, int Port)> Of(NpgsqlConnectionStringBuilder address) =>
        [.. (address.Host ?? "").Split(',').Select(host => Split(host.Trim(), address.Port))];

    /// <summary>
    /// Npgsql accepts <c>host:port</c> where there are several hosts. Paths of sockets and bare IPv6 addresses have no port.
    /// </summary>
    public static (string Name, int Port) Split(string host, int port)
    {
        var colon = host.LastIndexOf(':');
        var isPlain = colon > 0 && !host.StartsWith('/')
            && (host.IndexOf(':', StringComparison.Ordinal) == colon || host[colon - 1] == ']');
        return isPlain && int.TryParse(host[(colon + 1)..], CultureInfo.InvariantCulture, out var own)
            ? (host[..colon].Trim('[', ']'), own) : (host.Trim('[', ']'), port);
    }
}
