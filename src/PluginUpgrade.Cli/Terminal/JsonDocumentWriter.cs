using System.Text.Json;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// One JSON document, written as its parts come: a list of a hundred thousand steps is never held. Ends with <see cref="Dispose"/>.
/// </summary>
public sealed class JsonDocumentWriter : IDisposable
{
    private readonly TextWriter _writer;
    private readonly JsonSerializerOptions _format;
    private bool _first = true;
    private bool? _firstItem;

    public JsonDocumentWriter(TextWriter writer, JsonSerializerOptions format)
    {
        (_writer, _format) = (writer, format);
        _writer.Write('{');
    }

    /// <summary>Nothing where the value is null.</summary>
    public void Property(string name, object? value)
    {
        if (value is null) return;
        EndList();
        Name(name);
        _writer.Write(JsonSerializer.Serialize(value, _format));
    }

    /// <summary>Ends with the next property, or the document.</summary>
    public void BeginList(string name)
    {
        EndList();
        Name(name);
        _writer.Write('[');
        _firstItem = true;
    }

    public void Item(object value)
    {
        _writer.Write(_firstItem == true ? "\n" : ",\n");
        _firstItem = false;
        _writer.Write(JsonSerializer.Serialize(value, _format));
    }

    public void Dispose()
    {
        EndList();
        _writer.WriteLine("\n}");
        _writer.Flush();
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
