using System.Globalization;
using Npgsql;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>
/// A connection string as the environment of PostgreSQL's client programs: arguments could be read by everybody on the machine. What their
/// library has no variable for is left out; what it would heed of krang-upgrade's environment and Npgsql does not is taken away.
/// </summary>
public static class ClientConnection
{
    /// <summary>Variables that Npgsql heeds where the connection string does not say: the programs are to as well.</summary>
    private static readonly string[] Heeded =
    [
        "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGREQUIREAUTH", "PGSSLNEGOTIATION", "PGGSSENCMODE",
        "PGTZ",
    ];

    /// <summary>Taken away even where nobody has set them, so that a program's own environment shows that.</summary>
    private static readonly string[] Misleading =
    [
        "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGLOADBALANCEHOSTS", "PGCLIENTENCODING", "PGDATESTYLE",
        "PGTARGETSESSIONATTRS", "PGOPTIONS", "PGSSLMODE",
    ];

    /// <summary>Where the system keeps the authorities that Npgsql trusts; libpq trusts none without being told.</summary>
    private static readonly string[] Authorities =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

    /// <summary>For <see cref="ProgramCall.Environment"/>. Holds secrets: never printed.</summary>
    /// <param name="settings">krang-upgrade's own name is shown by the server here too.</param>
    public static Dictionary<string, string?> Environment(string database, ConnectionSettings settings)
    {
        var address = new NpgsqlConnectionStringBuilder(database);
        var given = address.Keys.Cast<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        // All that libpq would heed and Npgsql does not, also what only later versions of it know.
        var environment = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("PG", StringComparison.Ordinal) && !Heeded.Contains(name))
            .Concat(Misleading).Distinct().ToDictionary(name => name, _ => (string?)null);
        var hosts = ServerHosts.Of(address);
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
