namespace PluginUpgrade;

/// <summary>Polls for a change. The time limit starts when the object is created; each poll decides what to do when it is over.</summary>
public sealed class Poll(TimeSpan patience, Pause pause, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public bool IsOver => time.GetElapsedTime(_start) >= patience;

    /// <param name="look">Null: poll again. It must return an answer or throw once <see cref="IsOver"/> is true.</param>
    public Task<T> UntilAsync<T>(Func<Task<T?>> look, CancellationToken cancellationToken) where T : class =>
        Retry.UntilAsync(pause, time, _ => look(), cancellationToken);

    public Task<T> UntilAsync<T>(Func<T?> look, CancellationToken cancellationToken) where T : class =>
        Retry.UntilAsync(pause, time, _ => Task.FromResult(look()), cancellationToken);

    public Task UntilAsync(Func<Task<bool>> look, CancellationToken cancellationToken) =>
        Retry.UntilAsync(pause, time, async _ => await look() ? new object() : null, cancellationToken);

    public Task UntilAsync(Func<bool> look, CancellationToken cancellationToken) =>
        UntilAsync(() => Task.FromResult(look()), cancellationToken);
}
