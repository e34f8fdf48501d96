using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Turns the log lines of a module into events. The number of lines of a step is limited: an endless loop must fill neither the memory nor
/// the disk.
/// </summary>
internal sealed class StepLogger(UpgradeStep step, ChannelWriter<UpgradeEvent> events, int most = StepLogger.Most) : ILogger, IDisposable
{
    public const int Most = 100_000;

    private long _lines;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (Interlocked.Increment(ref _lines) > most) return;
        var message = formatter(state, exception);
        if (exception is not null) message += $" ({FailureText.NameAndMessage(exception)})";
        events.TryWrite(new UpgradeEvent.StepLogged(step, logLevel, FailureText.Whole(message)));
    }

    /// <summary>Logs how many lines were left out.</summary>
    public void Dispose()
    {
        if (Interlocked.Read(ref _lines) - most is > 0 and var more)
            events.TryWrite(new UpgradeEvent.StepLogged(step, LogLevel.Warning,
                FormattableString.Invariant($"{more} more lines of this step were omitted: at most {most} are logged.")));
    }
}
