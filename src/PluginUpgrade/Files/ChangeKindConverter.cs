using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginUpgrade.Files;

/// <summary>
/// Reads kinds by their names. An unknown word or a number is not an interrupted write, so it is read without an exception, and
/// <see cref="ChangeCheck"/> rejects it.
/// </summary>
internal sealed class ChangeKindConverter : JsonConverter<ChangeKind>
{
    private const ChangeKind Unknown = (ChangeKind)(-1);

    public override ChangeKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        foreach (var kind in Enum.GetValues<ChangeKind>())
            if (kind.ToString() == name) return kind;
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
        return Unknown;
    }

    public override void Write(Utf8JsonWriter writer, ChangeKind value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
