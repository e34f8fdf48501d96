using System.Collections.Concurrent;

namespace PluginUpgrade.Postgres;

/// <summary>Lets so many lanes at a time onto each server.</summary>
public sealed class ServerGates(int perServer) : IDisposable
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.OrdinalIgnoreCase);

    /// <returns>To be disposed when the lane leaves the server.</returns>
    public async Task<IDisposable> EnterAsync(string server, CancellationToken cancellationToken)
    {
        var gate = _gates.GetOrAdd(server, _ => new SemaphoreSlim(perServer));
        await gate.WaitAsync(cancellationToken);
        return new Place(gate);
    }

    public void Dispose()
    {
        foreach (var gate in _gates.Values) gate.Dispose();
    }

    private sealed class Place(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
