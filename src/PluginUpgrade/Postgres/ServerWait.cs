using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>Which failures to connect are waited out; all others are reported at once.</summary>
public enum WaitFor
{
    /// <summary>Before anything has begun: a server that is there and lets nobody in yet. One that cannot be reached is reported.</summary>
    Room,

    /// <summary>In a run that has begun: one that is away too. It may be starting again.</summary>
    Return,
}

/// <summary>
/// Connects with patience. Shared by all lanes of a run: a server that has been away for the whole limit is not waited for a second time
/// by each of a thousand lanes.
/// </summary>
/// <param name="limit">How long a server may be away, or full with nobody of this run on it.</param>
public sealed class ServerWait(TimeSpan limit, TimeProvider time)
{
    /// <summary>A pooler does not say that it is full: whoever finds no place is kept waiting for his first answer.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Server> _servers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A server has no room for one more connection: whoever keeps idle ones is to close them.</summary>
    public event Action? RoomWanted;

    /// <param name="database">A connection string: says which server it is.</param>
    /// <param name="held">How many lanes wait for this one to continue: their places will not become free in the meantime.</param>
    public async Task<NpgsqlConnection> OpenAsync(
        string database, WaitFor what, Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken,
        int held = 0)
    {
        var server = ServerOf(database);
        var since = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var connection = await AwaitAsync(open(cancellationToken), server);
                server.IsBack();
                return connection;
            }
            catch (Exception e) when (IsToBeWaitedFor(e))
            {
                using var waiting = HasNoRoom(e) ? server.WaitForRoom() : null;
                if (waiting is not null) MakeRoom();
                await Task.Delay(Pause(attempt), time, cancellationToken);
            }
        }

        bool IsToBeWaitedFor(Exception e)
        {
            if (server.Lanes > held && HasNoRoom(e))
            {
                // Lanes of this run will give their places up: then it is only slower.
                since = time.GetTimestamp();
                return true;
            }
            if (SqlErrors.IsFull(e)) return time.GetElapsedTime(since) < limit;
            var counts = what == WaitFor.Return ? SqlErrors.IsAway(e) : SqlErrors.IsStarting(e);
            return counts && time.GetElapsedTime(server.IsAwaySince(time.GetTimestamp())) < limit;
        }
    }

    private static bool HasNoRoom(Exception e) => SqlErrors.IsFull(e) || SqlErrors.IsKeptWaiting(e);

    /// <summary>One connection more is wanted: idle ones are closed.</summary>
    public void MakeRoom() => RoomWanted?.Invoke();

    private async Task<NpgsqlConnection> AwaitAsync(Task<NpgsqlConnection> opening, Server server)
    {
        await ((Task)opening).WaitAsync(Prompt, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompleted) return await opening;
        using var waiting = server.WaitForRoom();
        MakeRoom();
        return await opening;
    }

    /// <summary>Counts a lane's connection, until it is disposed.</summary>
    public IDisposable Enter(string database) => ServerOf(database).Enter();

    /// <summary>Whether somebody waits until the server takes one more connection.</summary>
    public bool IsFull(string database) => ServerOf(database).HasWaiting;

    private Server ServerOf(string database)
    {
        var address = new NpgsqlConnectionStringBuilder(database);
        return _servers.GetOrAdd($"{address.Host}:{address.Port}", _ => new Server());
    }

    /// <summary>Longer each time, up to two seconds; with jitter, so that many lanes do not come back in one moment.</summary>
    private static TimeSpan Pause(int attempt) =>
        TimeSpan.FromMilliseconds(Math.Min(2000, 50 << Math.Min(attempt, 6)) * (0.5 + Random.Shared.NextDouble() / 2));

    private sealed class Server
    {
        private readonly Lock _lock = new();
        private long? _awaySince;
        private int _lanes;
        private int _waiting;

        public int Lanes => Volatile.Read(ref _lanes);

        public bool HasWaiting => Volatile.Read(ref _waiting) > 0;

        public Counted Enter() => new Counted(change => Interlocked.Add(ref _lanes, change));

        public Counted WaitForRoom() => new Counted(change => Interlocked.Add(ref _waiting, change));

        public void IsBack()
        {
            lock (_lock) _awaySince = null;
        }

        public long IsAwaySince(long now)
        {
            lock (_lock) return _awaySince ??= now;
        }
    }

    /// <summary>One more from now on, one less when it is disposed.</summary>
    private sealed class Counted : IDisposable
    {
        private Action<int>? _add;

        public Counted(Action<int> add) => (_add = add)(1);

        public void Dispose() => Interlocked.Exchange(ref _add, null)?.Invoke(-1);
    }
}
