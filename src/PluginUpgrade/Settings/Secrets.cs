using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>Takes passwords out of text. Nothing prints one on purpose; a module or a server might.</summary>
public sealed class Secrets
{
    private const string Mask = "*****";

    /// <summary>Both ways to write a string in JSON: ours to the terminal and .NET's default; log files use the first.</summary>
    private static readonly JsonSerializerOptions[] Json =
        [new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }, JsonSerializerOptions.Default];

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public Secrets() => Add(Environment.GetEnvironmentVariable("PGPASSWORD"));

    /// <summary>The passwords of a connection string; of one that cannot be read, nothing is known.</summary>
    public void AddFrom(string? connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            Add(builder.Password);
            Add(builder.SslPassword);
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException
            or OverflowException or InvalidCastException)
        {
        }
    }

    public string Redact(string text)
    {
        if (SeededFault.Is("no redaction")) return text;
        foreach (var secret in _known) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return text;
    }

    private void Add(string? secret)
    {
        // Shorter ones would tear holes into every text.
        if (secret is not { Length: >= 3 }) return;
        _known.Add(secret);
        foreach (var json in Json) _known.Add(JsonSerializer.Serialize(secret, json)[1..^1]);
    }
}
