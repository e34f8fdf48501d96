using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginUpgrade;

/// <summary>
/// Reads values of enums as exactly one word. .NET's own converter also accepts several words at once, and adds their values to another
/// one.
/// </summary>
public sealed class WordConverter(JsonNamingPolicy naming) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(Words<>).MakeGenericType(typeToConvert), BindingFlags.Instance | BindingFlags.Public, null, [naming], null)!;

    private sealed class Words<T>(JsonNamingPolicy naming) : JsonConverter<T> where T : struct, Enum
    {
        private readonly Dictionary<string, T> _values = Enum.GetValues<T>().ToDictionary(value => naming.ConvertName($"{value}"));

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && _values.TryGetValue(reader.GetString()!, out var value) ? value
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(naming.ConvertName($"{value}"));
    }
}
