using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>How JSON documents are written: names in camel case, null values left out, each string redacted.</summary>
public static class JsonFormat
{
    public static JsonSerializerOptions Of(Secrets secrets) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new VersionConverter(), new RequirementConverter(secrets),
            new RedactedText(secrets),
        },
    };

    private sealed class VersionConverter : JsonConverter<UpgradeVersion>
    {
        public override UpgradeVersion Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            UpgradeVersion.Parse(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, UpgradeVersion value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Text);
    }

    /// <summary>Writes the requirement as the text that people read.</summary>
    private sealed class RequirementConverter(Secrets secrets) : JsonConverter<Requirement>
    {
        public override Requirement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Requirement value, JsonSerializerOptions options) =>
            writer.WriteStringValue(secrets.Redact(value.ToString()));
    }
}
