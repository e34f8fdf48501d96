using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Formatting;

namespace PluginUpgrade.Reports;

/// <summary>Logs are read on terminals too: what would act on one is spelled out, as JSON does it for other characters.</summary>
internal sealed class PrintableFormatter(ITextFormatter json) : ITextFormatter
{
    /// <summary>How many were written.</summary>
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
