using System.Globalization;
using System.Text;
using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>libpq's own form of a connection string: <c>host=db user=krang password='it''s'</c>, separated by blanks.</summary>
internal static class LibpqWords
{
    /// <summary>libpq's keywords, with Npgsql's for the same setting.</summary>
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = "Host",
        ["hostaddr"] = "Host",
        ["port"] = "Port",
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["password"] = "Password",
        ["passfile"] = "Passfile",
        ["options"] = "Options",
        ["application_name"] = "Application Name",
        ["client_encoding"] = "Client Encoding",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    /// <summary>Keywords that krang-upgrade decides itself, whatever a connection string says.</summary>
    private static readonly string[] Overruled =
    [
        "connect_timeout", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "load_balance_hosts",
    ];

    /// <summary>Keywords without an equivalent in Npgsql: without them, the connection would not be the one that was asked for.</summary>
    private static readonly string[] NotPossible =
    [
        "service", "servicefile", "requiressl", "requirepeer", "sslcrl", "sslcrldir", "sslsni", "sslcertmode", "sslcompression",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "min_protocol_version", "max_protocol_version", "gsslib",
        "gssdelegation", "replication", "oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope", "scram_client_key",
        "scram_server_key",
    ];

    public static bool IsKnown(string keyword) => Keywords.ContainsKey(keyword)
        || Overruled.Concat(NotPossible).Contains(keyword, StringComparer.OrdinalIgnoreCase);

    /// <returns>Null if the text does not have this form.</returns>
    public static IReadOnlyList<(string Keyword, string Value)>? Of(string text)
    {
        List<(string Keyword, string Value)> words = [];
        for (var i = Blanks(text, 0); i < text.Length; i = Blanks(text, i))
        {
            var begin = i;
            while (i < text.Length && (char.IsAsciiLetter(text[i]) || text[i] == '_')) i++;
            var keyword = text[begin..i];
            i = Blanks(text, i);
            if (i == text.Length || text[i] != '=' || !IsKnown(keyword)) return null;
            if (Value(text, Blanks(text, i + 1)) is not var (value, end)) return null;
            words.Add((keyword, value));
            i = end;
        }
        // A single pair may have either form; then it counts as Npgsql's.
        return words.Count > 1 || (words.Count == 1 && !new NpgsqlConnectionStringBuilder().ContainsKey(words[0].Keyword)
            && !words[0].Value.Contains(';')) ? words : null;
    }

    /// <exception cref="FormatException">A word cannot be used. The message repeats no value.</exception>
    public static NpgsqlConnectionStringBuilder ToAddress(IReadOnlyList<(string Keyword, string Value)> words)
    {
        // As in libpq, the last of several counts, and an empty value counts as none.
        var given = words.GroupBy(word => word.Keyword, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key.ToLowerInvariant(), group => group.Last().Value);
        var address = new NpgsqlConnectionStringBuilder();
        foreach (var (keyword, value) in given)
        {
            if (!IsKnown(keyword)) throw new FormatException("it has an unknown keyword.");
            if (NotPossible.Contains(keyword)) throw new FormatException($"its keyword '{keyword}' is not supported.");
            if (value.Length == 0 || Overruled.Contains(keyword) || keyword is "host" or "hostaddr" or "port") continue;
            if (keyword == "sslrootcert" && value == "system") continue;
            DatabaseAddress.Set(address, Keywords[keyword], Spelled(keyword, value), keyword);
        }
        if (given.GetValueOrDefault("sslrootcert") == "system")
            RequireFullVerification(address, given.GetValueOrDefault("sslmode", ""));
        SetHosts(address, given);
        return address;
    }

    /// <summary>
    /// As in libpq: the system's authorities sign for everybody, so they are trusted only if the server's name is checked.
    /// </summary>
    private static void RequireFullVerification(NpgsqlConnectionStringBuilder address, string mode)
    {
        if (mode is not ("" or "verify-full")) throw new FormatException("'sslrootcert=system' requires 'sslmode=verify-full'.");
        address.SslMode = SslMode.VerifyFull;
    }

    /// <summary>Npgsql writes its TLS modes without hyphens.</summary>
    private static string Spelled(string keyword, string value) =>
        keyword == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;

    private static void SetHosts(NpgsqlConnectionStringBuilder address, Dictionary<string, string> given)
    {
        var named = given.GetValueOrDefault("host", "");
        if (named.Length > 0 && given.GetValueOrDefault("hostaddr", "").Length > 0)
            throw new FormatException("'hostaddr' together with 'host' is not supported: use one of them.");
        var hosts = (named.Length > 0 ? named : given.GetValueOrDefault("hostaddr", "")).Split(',');
        var ports = given.GetValueOrDefault("port", "").Split(',');
        if (ports.Length > 1 && ports.Length != hosts.Length) throw new FormatException("the number of ports differs from the number " +
            "of hosts.");
        if (ports.Any(port => port.Length > 0 && !IsPort(port))) throw new FormatException("a port is not a number from 1 to 65535.");
        if (hosts.Length == 1)
        {
            if (hosts[0].Length > 0) address.Host = hosts[0];
            if (ports[0].Length > 0) DatabaseAddress.Set(address, "Port", ports[0], "port");
            return;
        }
        // With several hosts, Npgsql takes the port after each host.
        address.Host = string.Join(',', hosts.Select((host, i) =>
        {
            var port = ports.Length == 1 ? ports[0] : ports[i];
            return port.Length == 0 ? host : host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";
        }));
    }

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535;

    private static int Blanks(string text, int i)
    {
        while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
        return i;
    }

    /// <summary>A value ends at a blank, or is in single quotes; a backslash escapes the next character.</summary>
    private static (string Value, int End)? Value(string text, int i)
    {
        var value = new StringBuilder();
        var quoted = i < text.Length && text[i] == '\'';
        if (quoted) i++;
        for (; i < text.Length; i++)
        {
            if (quoted ? text[i] == '\'' : char.IsWhiteSpace(text[i])) return (value.ToString(), quoted ? i + 1 : i);
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            value.Append(text[i]);
        }
        return quoted ? null : (value.ToString(), i);
    }
}
