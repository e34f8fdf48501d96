using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace PluginUpgrade.Reports;

/// <summary>Logs are read on terminals too: what would act on one is spelled out, as JSON does it for other characters.</summary>
internal sealed class PrintableFormatter(ITextFormatter json) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        json.Format(logEvent, text);
        output.Write(Printable.Raw(text.ToString()));
    }
}
