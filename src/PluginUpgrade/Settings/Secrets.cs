using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PluginUpgrade.Settings;

/// <summary>
/// Removes passwords from text. Nothing prints one on purpose; a module or a server might. Use it on values before they are put into JSON
/// or a table: a password such as <c>200</c> or <c>true</c> must not be removed from the text around them.
/// </summary>
public sealed class Secrets
{
    private const string Mask = "*****";

    /// <summary>A password of at least this length is also found within other words.</summary>
    private const int Long = 3;

    /// <summary>Both ways to write a string in JSON; modules may have logged either.</summary>
    private static readonly JsonSerializerOptions[] Json =
        [new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }, JsonSerializerOptions.Default];

    private readonly Lock _adding = new();

    /// <summary>
    /// The longest first, because one may be a part of another. The array is replaced as a whole, because others may be reading it.
    /// </summary>
    private volatile string[] _known = [];

    public Secrets() => Add(Environment.GetEnvironmentVariable("PGPASSWORD"));

    /// <summary>Adds the passwords of a connection string in any form; none if it cannot be read.</summary>
    public void AddFrom(string? connectionString)
    {
        if (string.IsNullOrEmpty(connectionString)) return;
        try
        {
            var address = DatabaseAddress.Read(connectionString);
            Add(address.Password);
            Add(address.SslPassword);
        }
        catch (FormatException)
        {
        }
    }

    public string Redact(string text)
    {
        var known = _known;
        SeededFault.Change("known secrets", ref known);
        foreach (var secret in known)
            text = secret.Length >= Long ? text.Replace(secret, Mask, StringComparison.Ordinal) : WithoutShort(text, secret);
        return text;
    }

    /// <summary>Only as a whole word: a single letter would be removed from every word.</summary>
    private static string WithoutShort(string text, string secret) => !text.Contains(secret, StringComparison.Ordinal) ? text
        : Regex.Replace(text, $@"(?<![\p{{L}}\p{{N}}]){Regex.Escape(secret)}(?![\p{{L}}\p{{N}}])", Mask, RegexOptions.CultureInvariant);

    private void Add(string? secret)
    {
        if (secret is not { Length: > 0 }) return;
        lock (_adding)
        {
            if (_known.Contains(secret)) return;
            // As it is written in a URI, in JSON, and with escaped control characters.
            string[] written =
            [
                secret, Uri.EscapeDataString(secret), Printable.Line(secret), Printable.Raw(secret),
                .. Json.Select(json => JsonSerializer.Serialize(secret, json)[1..^1]),
            ];
            _known = [.. _known.Concat(written).Distinct().OrderByDescending(known => known.Length)];
        }
    }
}
