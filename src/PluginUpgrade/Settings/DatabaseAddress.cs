using System.Data.Common;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>
/// Connection strings in their three forms: Npgsql's, a <c>postgresql://</c> URI, and libpq's <c>key=value</c> words. Errors repeat no part
/// of a text, because each part may be a piece of a password.
/// </summary>
public static partial class DatabaseAddress
{
    private const string MustBeQuoted = "a value that contains ';', '=' or a quote must be in quotes, such as Password='...'.";

    /// <returns>What is wrong with it; null if nothing is.</returns>
    public static string? Fault(string text, bool complete)
    {
        try
        {
            var address = Read(text);
            if (complete && string.IsNullOrEmpty(address.Host)) return "it has no Host.";
            // The server truncates longer names, so that two databases would be one.
            var cut = TooLong(address.Database) ? "Database" : TooLong(address.Username) ? "Username" : null;
            return cut is null ? null : $"its {cut} is longer than the {PostgresName.MaxBytes} bytes that PostgreSQL keeps.";
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="FormatException">The text is not valid. The message repeats nothing of it.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        var address = PostgresUri.IsOne(text) ? LibpqWords.ToAddress(PostgresUri.Words(text))
            : LibpqWords.Of(text) is { } words ? LibpqWords.ToAddress(words)
            : OfNpgsql(text);
        if (address.Host is { } host && !LooksLikeHosts(host)) throw new FormatException("its Host is not a name, an address or a " +
            "directory.");
        if (HoldsOtherParts(address.Username) || HoldsOtherParts(address.Database) || HoldsOtherParts(address.Host))
            throw new FormatException($"its parts must be separated by ';'; {MustBeQuoted}");
        if (ConnectionOptions.Fault(address) is { } fault) throw new FormatException(fault);
        return address;
    }

    /// <summary>The same in Npgsql's form; text that already has it is unchanged.</summary>
    /// <exception cref="FormatException">The text is not valid.</exception>
    public static string ForNpgsql(string text) =>
        PostgresUri.IsOne(text) || LibpqWords.Of(text) is not null ? Read(text).ConnectionString : text;

    /// <summary>An instance's connection string: the installation's, overridden by the parts that the instance has.</summary>
    public static NpgsqlConnectionStringBuilder Merge(string installation, string? instance)
    {
        var merged = Read(installation);
        if (instance is not null)
        {
            var own = Read(instance);
            foreach (string keyword in own.Keys) merged[keyword] = own[keyword];
        }
        ConnectionOptions.RemoveOverruled(merged);
        return merged;
    }

    /// <summary>Host and port, for people and for counting connections to one server.</summary>
    public static string Server(NpgsqlConnectionStringBuilder builder) =>
        builder.Host is { } host && host.Contains(',') ? host : $"{builder.Host}:{builder.Port}";

    private static NpgsqlConnectionStringBuilder OfNpgsql(string text)
    {
        var address = new NpgsqlConnectionStringBuilder();
        foreach (var (keyword, value) in Parts(text))
        {
            if (!address.ContainsKey(keyword)) throw new FormatException($"it has an unknown keyword; {MustBeQuoted}");
            Set(address, keyword, value, keyword);
        }
        return address;
    }

    private static IEnumerable<(string Keyword, string Value)> Parts(string text)
    {
        DbConnectionStringBuilder parts;
        try
        {
            parts = new DbConnectionStringBuilder { ConnectionString = text };
        }
        catch (ArgumentException)
        {
            throw new FormatException($"it has a part that is not KEYWORD=VALUE; {MustBeQuoted}");
        }
        return parts.Keys.Cast<string>().Select(keyword => (keyword, $"{parts[keyword]}"));
    }

    /// <param name="name">The keyword as the user wrote it.</param>
    /// <exception cref="FormatException">The value is not valid for that keyword.</exception>
    internal static void Set(NpgsqlConnectionStringBuilder address, string keyword, string value, string name)
    {
        try
        {
            address[keyword] = value;
            // Npgsql would accept a number as the enum value of that number, and several words as their sum.
            if (address[keyword] is Enum && (value.Contains(',') || value.TrimStart() is [var first, ..] && !char.IsAsciiLetter(first)))
                throw new FormatException();
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException or OverflowException
            or InvalidCastException or NotSupportedException or InvalidOperationException)
        {
            // Npgsql's message might hold the value.
            throw new FormatException($"the value of its keyword '{name}' is not valid.");
        }
    }

    private static bool TooLong(string? name) => name is not null && Encoding.UTF8.GetByteCount(name) > PostgresName.MaxBytes;

    /// <summary>Messages show hosts: a password that slipped into one must not be shown.</summary>
    private static bool LooksLikeHosts(string hosts) =>
        hosts.Split(',').All(host => host.Trim() is var one && (one.StartsWith('/') || one.StartsWith('@') || PlainHost().IsMatch(one)));

    /// <summary>Whether a value continues with another keyword, such as <c>Database=x Password=y</c> in Npgsql's form.</summary>
    private static bool HoldsOtherParts(string? value) => value is not null && Assignment().Matches(value).Any(match =>
        LibpqWords.IsKnown(match.Groups[1].Value) || new NpgsqlConnectionStringBuilder().ContainsKey(match.Groups[1].Value));

    [GeneratedRegex(@"^[\p{L}\p{N}._:%\[\]\\-]*$")]
    private static partial Regex PlainHost();

    [GeneratedRegex(@"([A-Za-z_]+)\s*=")]
    private static partial Regex Assignment();
}
