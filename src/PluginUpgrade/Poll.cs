namespace PluginUpgrade;

/// <summary>
/// Looks again and again for what nobody tells of. Patience begins when this is made; what it means that it is over, each look decides.
/// </summary>
public sealed class Poll(TimeSpan patience, Pause pause, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public bool IsOver => time.GetElapsedTime(_start) >= patience;

    /// <param name="look">Null: not yet. To be ended by an answer or an exception, at the latest when patience is over.</param>
    public Task<T> UntilAsync<T>(Func<Task<T?>> look, CancellationToken cancellationToken) where T : class =>
        Retry.UntilAsync(pause, time, _ => look(), cancellationToken);

    public Task<T> UntilAsync<T>(Func<T?> look, CancellationToken cancellationToken) where T : class =>
        Retry.UntilAsync(pause, time, _ => Task.FromResult(look()), cancellationToken);

    public Task UntilAsync(Func<Task<bool>> look, CancellationToken cancellationToken) =>
        Retry.UntilAsync(pause, time, async _ => await look() ? new object() : null, cancellationToken);

    public Task UntilAsync(Func<bool> look, CancellationToken cancellationToken) =>
        UntilAsync(() => Task.FromResult(look()), cancellationToken);
}
