using System.Globalization;
using Npgsql;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>
/// A connection string as environment variables for PostgreSQL's client programs: everybody on the machine could read arguments. Settings
/// for which libpq has no variable are left out. Variables that libpq would obey and Npgsql does not are removed.
/// </summary>
public static class ClientConnection
{
    /// <summary>Variables that Npgsql obeys where the connection string says nothing: the programs must obey them too.</summary>
    private static readonly string[] Heeded =
    [
        "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGREQUIREAUTH", "PGSSLNEGOTIATION", "PGGSSENCMODE",
        "PGTZ",
    ];

    /// <summary>Listed as removed even if nobody has set them.</summary>
    private static readonly string[] Misleading =
    [
        "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGLOADBALANCEHOSTS", "PGCLIENTENCODING", "PGDATESTYLE",
        "PGTARGETSESSIONATTRS", "PGOPTIONS", "PGSSLMODE",
    ];

    /// <summary>Where systems keep the certificate authorities that Npgsql trusts; libpq trusts none by default.</summary>
    private static readonly string[] Authorities =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

    /// <summary>For <see cref="ProgramCall.Environment"/>. Holds secrets: never printed.</summary>
    /// <param name="settings">Its application name is shown for these programs too.</param>
    public static Dictionary<string, string?> Environment(string database, ConnectionSettings settings)
    {
        var address = new NpgsqlConnectionStringBuilder(database);
        var given = address.Keys.Cast<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        // All variables that libpq obeys and Npgsql does not, including those that only later versions of libpq know.
        var environment = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("PG", StringComparison.Ordinal) && !Heeded.Contains(name))
            .Concat(Misleading).Distinct().ToDictionary(name => name, _ => (string?)null);
        var hosts = ServerHosts.Of(address);
        environment["PGHOST"] = string.Join(',', hosts.Select(host => host.Name));
        environment["PGPORT"] = string.Join(',', hosts.Select(host => host.Port.ToString(CultureInfo.InvariantCulture)));
        // Npgsql looks for the primary; read-write is the value that older versions of libpq know too.
        if (hosts.Count > 1) environment["PGTARGETSESSIONATTRS"] = "read-write";
        environment["PGAPPNAME"] = settings.ApplicationName;
        environment["PGCONNECT_TIMEOUT"] = Math.Max(2, Sql.Seconds(settings.ConnectTimeout)).ToString(CultureInfo.InvariantCulture);
        // krang-upgrade shows and searches the programs' messages, so they must be in English.
        environment["LC_ALL"] = "C";
        environment["PGDATABASE"] = address.Database ?? address.Username;
        Set("PGUSER", address.Username);
        Set("PGPASSWORD", address.Password);
        Set("PGPASSFILE", address.Passfile);
        Set("PGOPTIONS", address.Options);
        Set("PGTZ", address.Timezone);
        Set("PGSSLROOTCERT", address.RootCertificate ?? SystemAuthorities(address.SslMode));
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

    private static string? SystemAuthorities(SslMode mode) =>
        mode is SslMode.VerifyCA or SslMode.VerifyFull && string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("PGSSLROOTCERT"))
            ? Authorities.FirstOrDefault(File.Exists) : null;

    private static string Word(SslMode mode) => mode switch
    {
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => $"{mode}".ToLowerInvariant(),
    };
}
