using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>Which connection failures are waited out; all others are reported at once.</summary>
public enum WaitFor
{
    /// <summary>Before anything has begun: a server that runs but accepts nobody yet. One that cannot be reached is reported.</summary>
    Room,

    /// <summary>During a run: a server that is away too. It may be restarting.</summary>
    Return,
}

/// <summary>
/// Connects, and waits for the server where that helps. Shared by all lanes of a run: after a server has been away for the whole limit, a
/// thousand lanes do not each wait for it again.
/// </summary>
/// <param name="limit">How long a server may be away, or full without connections of this run.</param>
public sealed class ServerWait(TimeSpan limit, TimeProvider time)
{
    /// <summary>A pooler does not report that it is full: a client without a session waits for its first answer.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(1);

    /// <summary>Jitter keeps many lanes from returning at the same moment.</summary>
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(50, 2000, jitter: 0.5);

    private readonly ConcurrentDictionary<string, Server> _servers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A server has no room for another connection: idle ones must be closed.</summary>
    public event Action? RoomWanted;

    /// <param name="database">A connection string; it identifies the server.</param>
    /// <param name="held">
    /// How many lanes wait for this connection. Their own connections are not released meanwhile, nor are those that other calls hold.
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
                // Lanes of this run will release connections: the wait only takes longer.
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
    /// Closes idle connections: another one is wanted, or something may begin that they block (such as copying their database), or nothing
    /// will happen for a while.
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

    /// <summary>Whether somebody waits until the server accepts another connection.</summary>
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

    /// <summary>Adds one now, and subtracts it when disposed.</summary>
    private sealed class Counted : IDisposable
    {
        private Action<int>? _add;

        public Counted(Action<int> add) => (_add = add)(1);

        public void Dispose() => Interlocked.Exchange(ref _add, null)?.Invoke(-1);
    }
}
