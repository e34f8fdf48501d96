namespace PluginUpgrade.Running.Steps;

/// <summary>
/// How far a step is, told a few times a second however often the module reports it. The last word is always told: a moment later, or at
/// the step's end.
/// </summary>
internal sealed class StepProgress(TimeProvider time, Action<long, long> tell) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private (long Done, long Total)? _untold;
    private ITimer? _pause;
    private bool _ended;

    /// <summary>From any thread.</summary>
    public void Report(long done, long total)
    {
        lock (_lock)
        {
            if (_ended) return;
            _untold = (done, total);
            if (_pause is not null) return;
            Tell();
            _pause = time.CreateTimer(_ => AfterPause(), null, Pause, Timeout.InfiniteTimeSpan);
        }
    }

    private void AfterPause()
    {
        lock (_lock)
        {
            if (_ended || _pause is null) return;
            if (Tell()) _pause.Change(Pause, Timeout.InfiniteTimeSpan);
            else EndPause();
        }
    }

    /// <returns>Whether there was anything to tell.</returns>
    private bool Tell()
    {
        if (_untold is not { } latest) return false;
        _untold = null;
        tell(latest.Done, latest.Total);
        return true;
    }

    private void EndPause()
    {
        _pause?.Dispose();
        _pause = null;
    }

    /// <summary>What is reported afterwards is not told.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_ended) Tell();
            _ended = true;
            EndPause();
        }
    }
}
