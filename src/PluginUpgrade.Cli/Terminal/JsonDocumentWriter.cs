using System.Text.Json;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// One JSON document, written as its parts come: a list of a hundred thousand steps is never held. Ends with <see cref="Dispose"/>; what
/// comes later is not written. Threads may use it at once: a module may end the process while a step is reported.
/// </summary>
public sealed class JsonDocumentWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TextWriter _writer;
    private readonly JsonSerializerOptions _format;
    private bool _first = true;
    private bool? _firstItem;
    private bool _ended;

    public JsonDocumentWriter(TextWriter writer, JsonSerializerOptions format)
    {
        (_writer, _format) = (writer, format);
        _writer.Write('{');
    }

    /// <summary>Nothing where the value is null.</summary>
    public void Property(string name, object? value)
    {
        lock (_lock)
        {
            if (value is null || _ended) return;
            EndList();
            Name(name);
            _writer.Write(JsonSerializer.Serialize(value, _format));
        }
    }

    /// <summary>All properties of an object.</summary>
    public void Properties(object values)
    {
        foreach (var property in JsonSerializer.SerializeToElement(values, _format).EnumerateObject())
            Property(property.Name, property.Value);
    }

    /// <summary>Ends with the next property, or the document.</summary>
    public void BeginList(string name)
    {
        lock (_lock)
        {
            if (_ended) return;
            EndList();
            Name(name);
            _writer.Write('[');
            _firstItem = true;
        }
    }

    public void Item(object value)
    {
        lock (_lock)
        {
            if (_firstItem is null || _ended) return;
            _writer.Write(_firstItem == true ? "\n" : ",\n");
            _firstItem = false;
            _writer.Write(JsonSerializer.Serialize(value, _format));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_ended) return;
            EndList();
            _ended = true;
            _writer.WriteLine("\n}");
            _writer.Flush();
        }
    }

    private void Name(string name)
    {
        _writer.Write(_first ? "\n" : ",\n");
        _first = false;
        _writer.Write($"  \"{name}\": ");
    }

    private void EndList()
    {
        if (_firstItem is null) return;
        _writer.Write("]");
        _firstItem = null;
    }
}
