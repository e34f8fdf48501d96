using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Limits how many lanes work on each server at a time, and gives each a slot with the connection that was left in it. In addition to those
/// in use, idle connections are kept, at most half of what the server has free (<see cref="KeepAsync"/>), until the server has no room for
/// another one.
/// </summary>
public sealed class ServerLimits : IDisposable
{
    private readonly ConcurrentDictionary<string, Limit> _limits = new(StringComparer.OrdinalIgnoreCase);
    private readonly int _perServer;
    private readonly ServerWait _servers;

    public ServerLimits(int perServer, ServerWait servers)
    {
        (_perServer, _servers) = (perServer, servers);
        _servers.RoomWanted += CloseIdle;
    }

    /// <returns>Dispose it when the lane leaves the server.</returns>
    public async Task<ConnectionSlot> EnterAsync(string server, string database, CancellationToken cancellationToken)
    {
        var limit = Of(server);
        await limit.Room.WaitAsync(cancellationToken);
        return limit.Take(database);
    }

    /// <summary>
    /// Lets connections that were opened for reading stay for the lanes that follow: a new connection costs as much as all that is read
    /// over it.
    /// </summary>
    /// <param name="connection">Any connection to the server.</param>
    public Task KeepAsync(string server, NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Of(server).KeepAsync(connection, cancellationToken);

    /// <summary>
    /// For a connection beside a lane's own; the lane keeps its room. It counts from now on, but does not wait: if all lanes waited for one
    /// more, none could continue. New lanes wait longer until it is closed.
    /// </summary>
    /// <returns>Dispose it when the connection is closed.</returns>
    public IDisposable EnterBeside(string server) => Of(server).EnterBeside();

    /// <summary>The same with a slot, whose connection may have been left by another lane.</summary>
    public ConnectionSlot EnterBeside(string server, string database) => Of(server).EnterBeside(database);

    private Limit Of(string server) => _limits.GetOrAdd(server, _ => new Limit(_perServer, _servers));

    /// <summary>Call this when no lane is on any server.</summary>
    public void Dispose()
    {
        _servers.RoomWanted -= CloseIdle;
        foreach (var limit in _limits.Values) limit.Dispose();
    }

    private void CloseIdle()
    {
        foreach (var limit in _limits.Values) limit.CloseIdle();
    }

    private sealed class Limit(int connections, ServerWait servers) : IDisposable
    {
        private readonly List<ConnectionSlot> _free = [];
        private int _owed;
        private int _slots;
        private int _kept;
        private bool _isAsked;

        public SemaphoreSlim Room { get; } = new(connections);

        public Beside EnterBeside()
        {
            TakeRoom();
            return new Beside(LeaveRoom);
        }

        public ConnectionSlot EnterBeside(string database)
        {
            TakeRoom();
            return Take(database);
        }

        private void TakeRoom()
        {
            lock (_free)
                if (!Room.Wait(0)) _owed++;
        }

        /// <summary>Frees room for the next lane only after connections that entered without room are made up for.</summary>
        private void LeaveRoom()
        {
            lock (_free)
                if (_owed > 0) _owed--;
                else Room.Release();
        }

        public async Task KeepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
        {
            lock (_free)
            {
                if (_isAsked) return;
                _isAsked = true;
            }
            var free = await ServerRoom.FreeAsync(connection, cancellationToken);
            lock (_free) _kept = Math.Max(0, free / 2);
        }

        /// <summary>Prefers a slot that knows this database, then one that knows none, then one that will forget its database.</summary>
        public ConnectionSlot Take(string database)
        {
            lock (_free)
            {
                var i = _free.FindLastIndex(slot => slot.Database == database);
                if (i < 0) i = _free.FindLastIndex(slot => slot.Database is null);
                if (i < 0 && _slots >= connections + _kept) i = _free.Count - 1;
                if (i < 0)
                {
                    _slots++;
                    return new ConnectionSlot(Leave);
                }
                var slot = _free[i];
                _free.RemoveAt(i);
                return slot;
            }
        }

        public void CloseIdle()
        {
            lock (_free)
            {
                _kept = 0;
                foreach (var slot in _free) slot.CloseConnection();
            }
        }

        private void Leave(ConnectionSlot slot)
        {
            lock (_free)
            {
                _free.Add(slot);
                // Somebody waits until the server has room for another connection: then none is kept.
                if (slot.Database is not null && servers.IsFull(slot.Database)) slot.CloseConnection();
            }
            LeaveRoom();
        }

        public void Dispose()
        {
            Room.Dispose();
            foreach (var slot in _free) slot.Close();
        }
    }

    private sealed class Beside(Action leave) : IDisposable
    {
        private Action? _leave = leave;

        public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
    }
}
