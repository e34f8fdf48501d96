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

    /// <summary>Many lanes are not to come back in one moment.</summary>
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(50, 2000, jitter: 0.5);

    private readonly ConcurrentDictionary<string, Server> _servers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A server has no room for one more connection: whoever keeps idle ones is to close them.</summary>
    public event Action? RoomWanted;

    /// <param name="database">A connection string: says which server it is.</param>
    /// <param name="held">
    /// How many lanes wait for this one to go on: their places will not become free meanwhile, nor will those that other calls hold.
    /// </param>
    public async Task<NpgsqlConnection> OpenAsync(
        string database, WaitFor what, Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken,
        int held = 0)
    {
        var server = ServerOf(database);
        using var holding = server.Hold(held);
        var since = time.GetTimestamp();
        return await Retry.RunAsync(int.MaxValue, async () =>
        {
            var connection = await AwaitAsync(open(cancellationToken), server);
            server.IsBack();
            return connection;
        }, IsToBeWaitedFor, async (e, number) =>
        {
            using var waiting = HasNoRoom(e) ? server.WaitForRoom() : null;
            if (waiting is not null) MakeRoom();
            await BetweenTries.WaitAsync(number, time, cancellationToken);
        });

        bool IsToBeWaitedFor(Exception e)
        {
            if (server.Lanes > server.Held && HasNoRoom(e))
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

    /// <summary>
    /// Idle connections are closed: one more is wanted, or somebody may be about to do what they are in the way of (such as to copy their
    /// database), or nothing will happen for a while.
    /// </summary>
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

    private sealed class Server
    {
        private readonly Lock _lock = new();
        private long? _awaySince;
        private int _lanes;
        private int _held;
        private int _waiting;

        public int Lanes => Volatile.Read(ref _lanes);

        public int Held => Volatile.Read(ref _held);

        public bool HasWaiting => Volatile.Read(ref _waiting) > 0;

        public Counted Enter() => new Counted(change => Interlocked.Add(ref _lanes, change));

        public Counted? Hold(int lanes) => lanes == 0 ? null : new Counted(change => Interlocked.Add(ref _held, change * lanes));

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
