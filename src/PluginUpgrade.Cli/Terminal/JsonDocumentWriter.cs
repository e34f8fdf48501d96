using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// One JSON document, written part by part: a list of a hundred thousand steps is never held in memory. Ends with <see cref="Dispose"/>;
/// later calls write nothing. Thread-safe: a module may end the process while a step is reported.
/// </summary>
public sealed class JsonDocumentWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _part = new();
    private readonly Utf8JsonWriter _json;
    private readonly TextWriter _writer;
    private readonly JsonSerializerOptions _format;
    private bool _inList;
    private bool _ended;

    public JsonDocumentWriter(TextWriter writer, JsonSerializerOptions format)
    {
        (_writer, _format) = (writer, format);
        _json = new Utf8JsonWriter(_part, new JsonWriterOptions { Encoder = format.Encoder, Indented = true });
        _json.WriteStartObject();
    }

    /// <summary>Writes nothing if the value is null.</summary>
    public void Property(string name, object? value) => Write(() =>
    {
        if (value is null) return;
        EndList();
        _json.WritePropertyName(name);
        JsonSerializer.Serialize(_json, value, _format);
    });

    /// <summary>The properties that every document has.</summary>
    public void Outcome(string outcome, int exitCode, IEnumerable<Problem> problems)
    {
        Property("outcome", outcome);
        Property("exitCode", exitCode);
        Property("problems", problems);
    }

    /// <summary>Writes all properties of an object.</summary>
    public void Properties(object values)
    {
        foreach (var property in JsonSerializer.SerializeToElement(values, _format).EnumerateObject())
            Property(property.Name, property.Value);
    }

    /// <summary>The list ends with the next property, or with the document.</summary>
    public void BeginList(string name) => Write(() =>
    {
        EndList();
        _json.WriteStartArray(name);
        _inList = true;
    });

    /// <summary>Adds an item to the current list; writes nothing outside a list.</summary>
    public void Item(object value) => Write(() =>
    {
        if (_inList) JsonSerializer.Serialize(_json, value, _format);
    });

    public void Dispose()
    {
        lock (_lock)
        {
            if (_ended) return;
            Write(() =>
            {
                EndList();
                _json.WriteEndObject();
            });
            _ended = true;
            _writer.WriteLine();
            _writer.Flush();
            _json.Dispose();
        }
    }

    private void Write(Action part)
    {
        lock (_lock)
        {
            if (_ended) return;
            part();
            _json.Flush();
            _writer.Write(Encoding.UTF8.GetString(_part.WrittenSpan));
            _part.ResetWrittenCount();
        }
    }

    private void EndList()
    {
        if (!_inList) return;
        _json.WriteEndArray();
        _inList = false;
    }
}
