using System.Text.RegularExpressions;

namespace PluginUpgrade.Settings;

/// <summary><c>postgresql://user:password@host:port/database?key=value</c>, parsed by libpq's rules into its words.</summary>
internal static partial class PostgresUri
{
    private const string Encode = "percent-encode characters of a name or password that have a meaning in a URI: "
        + "@ is %40, / is %2F, ? is %3F, : is %3A, % is %25.";

    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    public static bool IsOne(string text) =>
        Schemes.Any(scheme => text.TrimStart().StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="FormatException">The text is no valid URI. The message repeats nothing of it.</exception>
    public static IReadOnlyList<(string Keyword, string Value)> Words(string text)
    {
        var rest = text.Trim()[(text.Trim().IndexOf("://", StringComparison.Ordinal) + 3)..];
        List<(string, string)> words = [];
        var stop = rest.IndexOfAny(['@', '/']);
        if (stop >= 0 && rest[stop] == '@')
        {
            words.AddRange(User(rest[..stop]));
            rest = rest[(stop + 1)..];
        }
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var (address, parameters) = question < 0 ? (rest, "") : (rest[..question], rest[(question + 1)..]);
        var slash = address.IndexOf('/', StringComparison.Ordinal);
        var (hosts, database) = slash < 0 ? (address, "") : (address[..slash], address[(slash + 1)..]);
        // A password with an @ or / that is not encoded: the rest would be taken for a host or a database, and shown.
        if (hosts.Contains('@') || database.IndexOfAny(['@', '/', ':']) >= 0) throw new FormatException(Encode);
        words.AddRange(Hosts(hosts));
        if (database.Length > 0) words.Add(("dbname", Decoded(database)));
        words.AddRange(Parameters(parameters));
        return words;
    }

    private static IEnumerable<(string, string)> User(string part)
    {
        if (part.Contains('?')) throw new FormatException(Encode);
        var colon = part.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? part : part[..colon];
        if (name.Length > 0) yield return ("user", Decoded(name));
        if (colon >= 0 && colon + 1 < part.Length) yield return ("password", Decoded(part[(colon + 1)..]));
    }

    private static IEnumerable<(string, string)> Hosts(string part)
    {
        if (part.Length == 0) yield break;
        List<string> names = [], ports = [];
        foreach (var one in part.Split(','))
        {
            var match = Host().Match(one);
            if (!match.Success) throw new FormatException($"its host or port is not valid; {Encode}");
            names.Add(Decoded(match.Groups["name"].Value.Trim('[', ']')));
            ports.Add(match.Groups["port"].Value);
        }
        if (names.Any(name => name.Length > 0)) yield return ("host", string.Join(',', names));
        if (ports.Any(port => port.Length > 0)) yield return ("port", string.Join(',', ports));
    }

    private static IEnumerable<(string, string)> Parameters(string part)
    {
        foreach (var pair in part.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=') is not [{ Length: > 0 } keyword, var value])
                throw new FormatException("it has a parameter that is not KEYWORD=VALUE; " + Encode);
            // A spelling that other programs use; libpq accepts it too.
            var word = (Decoded(keyword), Decoded(value));
            yield return word is ("ssl", "true") ? ("sslmode", "require") : word;
        }
    }

    private static string Decoded(string part) =>
        BadEscape().IsMatch(part) ? throw new FormatException("a % in it is not followed by two hexadecimal digits; " + Encode)
            : Uri.UnescapeDataString(part);

    [GeneratedRegex(@"^(?<name>\[[^\]]*\]|[^:\[\]]*)(:(?<port>\d{0,5}))?$")]
    private static partial Regex Host();

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})|%00")]
    private static partial Regex BadEscape();
}
