using System.Threading.Channels;
using PluginUpgrade.Running;

namespace PluginUpgrade.Reports;

/// <summary>Hands a run's events to its reports, one after another, on one reader.</summary>
public sealed class Reporting
{
    private readonly Channel<UpgradeEvent> _events =
        Channel.CreateUnbounded<UpgradeEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _reading;

    /// <param name="failed">Called once for a report that threw; that report gets no more events. A report never stops a run.</param>
    public Reporting(IReadOnlyList<IRunReport> reports, Action<IRunReport, Exception> failed) => _reading = ReadAsync([.. reports], failed);

    public ChannelWriter<UpgradeEvent> Writer => _events.Writer;

    /// <summary>Accepts no more events, and waits until the reports have got all.</summary>
    public async Task EndAsync()
    {
        _events.Writer.TryComplete();
        await _reading;
    }

    private async Task ReadAsync(List<IRunReport> reports, Action<IRunReport, Exception> failed)
    {
        await foreach (var happened in _events.Reader.ReadAllAsync())
            foreach (var report in reports.ToList())
                try
                {
                    report.On(happened);
                }
                catch (Exception e)
                {
                    reports.Remove(report);
                    failed(report, e);
                }
    }
}
