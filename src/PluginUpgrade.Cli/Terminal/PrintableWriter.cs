using System.Text;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>The one place where text reaches a terminal: control characters are made visible. Line ends are kept.</summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write($"{value}");

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => inner.Write(value is null ? null : Printable.Raw(value));

    public override void WriteLine(string? value) => Write($"{value}{Environment.NewLine}");

    public override void Flush() => inner.Flush();
}
