using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Takes secrets out of each text that goes into JSON, before it is quoted: taken out of the document, a password such as <c>200</c> or
/// <c>true</c> would take its numbers and words along.
/// </summary>
internal sealed class RedactedText(Secrets secrets) : JsonConverter<string>
{
    /// <summary>Words that programs compare. One that happens to be a password tells nobody that it is.</summary>
    private static readonly HashSet<string> OurOwn =
    [
        .. Outcome.All, "skipped", "cancelled", "rolled-back", "active", "inactive", "unreachable", "missing", "upgrading", "torn",
        "failed-upgrade", "installation",
    ];

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Redacted(value));

    /// <summary>Keys of dictionaries: labels are the user's.</summary>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(Redacted(value));

    private string Redacted(string value) => OurOwn.Contains(value) ? value : secrets.Redact(value);
}
