using System.Text;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Writes as long as possible, and keeps the first failure: a full disk, a closed pipe, a terminal that has hung up. A failure of the
/// output never decides how a run ends.
/// </summary>
internal sealed class BestEffortWriter(TextWriter inner) : TextWriter
{
    private IOException? _failure;

    public IOException? Failure => Volatile.Read(ref _failure);

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Write($"{value}{Environment.NewLine}");

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (Failure is not null) return;
        try
        {
            write();
        }
        catch (IOException e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
