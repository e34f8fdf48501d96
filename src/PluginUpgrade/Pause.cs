namespace PluginUpgrade;

/// <summary>How long to wait between two looks or two tries: twice as long each time where it may grow.</summary>
/// <param name="First">The longest that the first pause is.</param>
/// <param name="Most">What it grows to; null where it does not grow.</param>
/// <param name="Jitter">Which share of a pause is left to chance, 0 to 1: so that several that wait do not keep step.</param>
public readonly record struct Pause(TimeSpan First, TimeSpan? Most = null, double Jitter = 0)
{
    public static Pause OfMilliseconds(int first, int? most = null, double jitter = 0) =>
        new(TimeSpan.FromMilliseconds(first), most is { } limit ? TimeSpan.FromMilliseconds(limit) : null, jitter);

    /// <param name="number">Of the look or try that the pause follows, from 1.</param>
    /// <param name="chance">From 0 to 1.</param>
    public TimeSpan After(int number, double chance)
    {
        var grown = Most is { } most ? Math.Min(most.Ticks, First.Ticks * Math.Pow(2, number - 1)) : First.Ticks;
        return TimeSpan.FromTicks((long)(grown * (1 - Jitter * chance)));
    }

    public Task WaitAsync(int number, TimeProvider time, CancellationToken cancellationToken) =>
        Task.Delay(After(number, Random.Shared.NextDouble()), time, cancellationToken);
}
