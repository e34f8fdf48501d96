using System.Text;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>Receives what modules write to the console. Writes whole lines while a live view is drawn, else at once.</summary>
/// <param name="isLineByLine">Whether only whole lines may be written now.</param>
public sealed class LineWriter(Func<bool> isLineByLine, Action<string> writeLine, Action<string> write) : TextWriter
{
    /// <summary>A longer line is written in pieces.</summary>
    private const int Longest = 8_000;

    private readonly StringBuilder _begun = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write($"{value}");

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write($"{value}{Environment.NewLine}");

    public override void Write(string? value)
    {
        if (value is not { Length: > 0 }) return;
        lock (_begun)
        {
            _begun.Append(value);
            if (isLineByLine()) WriteLines();
            else Flush();
        }
    }

    /// <summary>Also writes a line that has no end yet.</summary>
    public override void Flush()
    {
        lock (_begun)
        {
            if (_begun.Length > 0) write(_begun.ToString());
            _begun.Clear();
        }
    }

    private void WriteLines()
    {
        var lines = _begun.ToString().Split('\n');
        foreach (var line in lines[..^1]) writeLine(line.TrimEnd('\r'));
        _begun.Clear();
        if (lines[^1].Length > Longest) writeLine(lines[^1]);
        else _begun.Append(lines[^1]);
    }
}
