using System.Text;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>Passes text on to another writer, without the secrets.</summary>
public sealed class RedactingWriter(TextWriter inner, Secrets secrets) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(value);

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => inner.Write(value is null ? null : secrets.Redact(value));

    public override void WriteLine(string? value) => Write($"{value}{Environment.NewLine}");

    public override void Flush() => inner.Flush();
}
