namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Passes on a step's progress at most a few times a second, however often the module reports it. The last value is always passed on: after
/// the pause, or at the end of the step.
/// </summary>
internal sealed class StepProgress(TimeProvider time, Action<long, long> publish) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private (long Done, long Total)? _latest;
    private ITimer? _pause;
    private bool _ended;

    /// <summary>Thread-safe.</summary>
    public void Report(long done, long total)
    {
        lock (_lock)
        {
            if (_ended) return;
            _latest = (done, total);
            if (_pause is not null) return;
            Publish();
            _pause = time.CreateTimer(_ => AfterPause(), null, Pause, Timeout.InfiniteTimeSpan);
        }
    }

    private void AfterPause()
    {
        lock (_lock)
        {
            if (_ended || _pause is null) return;
            if (Publish()) _pause.Change(Pause, Timeout.InfiniteTimeSpan);
            else EndPause();
        }
    }

    /// <returns>Whether there was a new value.</returns>
    private bool Publish()
    {
        if (_latest is not { } value) return false;
        _latest = null;
        publish(value.Done, value.Total);
        return true;
    }

    private void EndPause()
    {
        _pause?.Dispose();
        _pause = null;
    }

    /// <summary>Passes on the last value. Later reports are ignored.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_ended) Publish();
            _ended = true;
            EndPause();
        }
    }
}
