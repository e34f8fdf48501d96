using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Formatting;

namespace PluginUpgrade.Reports;

/// <summary>Logs are also read on terminals: characters that would act on a terminal are escaped, as JSON escapes others.</summary>
internal sealed class PrintableFormatter(ITextFormatter json) : ITextFormatter
{
    /// <summary>The number of bytes written.</summary>
    public long Bytes { get; private set; }

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        json.Format(logEvent, text);
        var line = Printable.Raw(text.ToString());
        Bytes += Encoding.UTF8.GetByteCount(line);
        output.Write(line);
    }
}
