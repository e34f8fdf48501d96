using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Redacts each string before it is written to JSON. Redacting the finished document would damage it: a password such as <c>200</c> or
/// <c>true</c> would also remove numbers and keywords.
/// </summary>
internal sealed class RedactedText(Secrets secrets) : JsonConverter<string>
{
    /// <summary>Words that programs compare, never redacted. If one is also a password, writing it does not reveal that.</summary>
    private static readonly HashSet<string> OurOwn =
    [
        .. Outcome.All, "skipped", "cancelled", "rolled-back", "active", "inactive", "unreachable", "missing", "upgrading", "torn",
        "failed-upgrade", "installation",
    ];

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Redacted(value));

    /// <summary>Keys of dictionaries are redacted too: labels come from the user.</summary>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(Redacted(value));

    private string Redacted(string value) => OurOwn.Contains(value) ? value : secrets.Redact(value);
}
