namespace PluginUpgrade;

/// <summary>The pause between two polls or tries. If it may grow, it doubles each time.</summary>
/// <param name="First">The upper limit of the first pause.</param>
/// <param name="Most">The upper limit of all pauses; null where they do not grow.</param>
/// <param name="Jitter">The random share of a pause, 0 to 1: it keeps several waiting processes from polling in step.</param>
public readonly record struct Pause(TimeSpan First, TimeSpan? Most = null, double Jitter = 0)
{
    public static Pause OfMilliseconds(int first, int? most = null, double jitter = 0) =>
        new(TimeSpan.FromMilliseconds(first), most is { } limit ? TimeSpan.FromMilliseconds(limit) : null, jitter);

    /// <param name="number">The number of the poll or try before the pause, from 1.</param>
    /// <param name="chance">A random number from 0 to 1.</param>
    public TimeSpan After(int number, double chance)
    {
        var grown = Most is { } most ? Math.Min(most.Ticks, First.Ticks * Math.Pow(2, number - 1)) : First.Ticks;
        return TimeSpan.FromTicks((long)(grown * (1 - Jitter * chance)));
    }

    public Task WaitAsync(int number, TimeProvider time, CancellationToken cancellationToken) =>
        Task.Delay(After(number, Random.Shared.NextDouble()), time, cancellationToken);
}
