using System.Globalization;
using Npgsql;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>
/// A connection string as the environment of PostgreSQL's client programs: arguments could be read by everybody on the machine. What their
/// library has no variable for is left out.
/// </summary>
public static class ClientConnection
{
    /// <summary>Of the host's environment what would lead elsewhere, or Npgsql does not heed.</summary>
    private static readonly string[] Misleading =
    [
        "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGLOADBALANCEHOSTS", "PGCLIENTENCODING", "PGDATESTYLE",
        "PGTARGETSESSIONATTRS",
    ];

    /// <summary>For <see cref="ProgramCall.Environment"/>. Holds secrets: never printed.</summary>
    /// <param name="settings">The host's own name is shown by the server here too.</param>
    public static Dictionary<string, string?> Environment(string database, ConnectionSettings settings)
    {
        var address = new NpgsqlConnectionStringBuilder(database);
        var given = address.Keys.Cast<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        var environment = Misleading.ToDictionary(name => name, _ => (string?)null);
        var hosts = (address.Host ?? "").Split(',').Select(host => Split(host.Trim(), address.Port)).ToList();
        environment["PGHOST"] = string.Join(',', hosts.Select(host => host.Name));
        environment["PGPORT"] = string.Join(',', hosts.Select(host => host.Port.ToString(CultureInfo.InvariantCulture)));
        // Where Npgsql looks for the primary; the older libraries' word for it.
        if (hosts.Count > 1) environment["PGTARGETSESSIONATTRS"] = "read-write";
        environment["PGAPPNAME"] = settings.ApplicationName;
        environment["PGCONNECT_TIMEOUT"] = Math.Max(2, Sql.Seconds(settings.ConnectTimeout)).ToString(CultureInfo.InvariantCulture);
        // What it says is shown to the user, and looked for.
        environment["LC_ALL"] = "C";
        environment["PGDATABASE"] = address.Database ?? address.Username;
        Set("PGUSER", address.Username);
        Set("PGPASSWORD", address.Password);
        Set("PGPASSFILE", address.Passfile);
        Set("PGOPTIONS", address.Options);
        Set("PGSSLROOTCERT", address.RootCertificate);
        Set("PGSSLCERT", address.SslCertificate);
        Set("PGSSLKEY", address.SslKey);
        Set("PGREQUIREAUTH", address.RequireAuth);
        if (given.Contains("SSL Mode")) environment["PGSSLMODE"] = Word(address.SslMode);
        if (given.Contains("SSL Negotiation")) environment["PGSSLNEGOTIATION"] = $"{address.SslNegotiation}".ToLowerInvariant();
        if (given.Contains("GSS Encryption Mode")) environment["PGGSSENCMODE"] = $"{address.GssEncryptionMode}".ToLowerInvariant();
        if (given.Contains("Channel Binding")) environment["PGCHANNELBINDING"] = $"{address.ChannelBinding}".ToLowerInvariant();
        if (given.Contains("Kerberos Service Name")) environment["PGKRBSRVNAME"] = address.KerberosServiceName;
        return environment;

        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) environment[name] = value;
        }
    }

    private static string Word(SslMode mode) => mode switch
    {
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => $"{mode}".ToLowerInvariant(),
    };

    /// <summary>Npgsql takes <c>host:port</c> where there are several hosts; paths of sockets and IPv6 addresses hold no port.</summary>
    private static (string Name, int Port) Split(string host, int port)
    {
        var colon = host.LastIndexOf(':');
        var isPlain = colon > 0 && !host.StartsWith('/')
            && (host.IndexOf(':', StringComparison.Ordinal) == colon || host[colon - 1] == ']');
        return isPlain && int.TryParse(host[(colon + 1)..], CultureInfo.InvariantCulture, out var own)
            ? (host[..colon].Trim('[', ']'), own) : (host.Trim('[', ']'), port);
    }
}
