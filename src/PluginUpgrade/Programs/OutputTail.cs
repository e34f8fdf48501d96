using System.Text;

namespace PluginUpgrade.Programs;

/// <summary>Reads a program's output to its end, so that the program never blocks, and keeps the last part of it.</summary>
internal sealed class OutputTail
{
    public const int Limit = 64 * 1024;

    private readonly StringBuilder _text = new();

    public OutputTail(TextReader reader) => Ended = ReadAsync(reader);

    public Task Ended { get; }

    public string Text
    {
        get
        {
            lock (_text) return _text.Length > Limit ? _text.ToString(_text.Length - Limit, Limit) : _text.ToString();
        }
    }

    private async Task ReadAsync(TextReader reader)
    {
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer) is > 0 and var count) Add(buffer.AsSpan(0, count));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process object was disposed while a child still held the pipe: the text read so far is kept.
        }
    }

    private void Add(ReadOnlySpan<char> part)
    {
        lock (_text)
        {
            _text.Append(part);
            if (_text.Length > 2 * Limit) _text.Remove(0, _text.Length - Limit);
        }
    }
}
