using System.Collections.Concurrent;

namespace PluginUpgrade.Postgres;

/// <summary>Lets so many lanes at a time onto each server, and hands each a place there, with the connection that was left in it.</summary>
public sealed class ServerGates : IDisposable
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.OrdinalIgnoreCase);
    private readonly int _perServer;
    private readonly ServerWait _servers;

    public ServerGates(int perServer, ServerWait servers)
    {
        (_perServer, _servers) = (perServer, servers);
        _servers.RoomWanted += CloseIdle;
    }

    /// <returns>To be disposed when the lane leaves the server.</returns>
    public async Task<ServerPlace> EnterAsync(string server, string database, CancellationToken cancellationToken)
    {
        var gate = _gates.GetOrAdd(server, _ => new Gate(_perServer, _servers));
        await gate.Room.WaitAsync(cancellationToken);
        return gate.Take(database);
    }

    /// <summary>To be called when no lane is on any server.</summary>
    public void Dispose()
    {
        _servers.RoomWanted -= CloseIdle;
        foreach (var gate in _gates.Values) gate.Dispose();
    }

    private void CloseIdle()
    {
        foreach (var gate in _gates.Values) gate.CloseIdle();
    }

    private sealed class Gate(int places, ServerWait servers) : IDisposable
    {
        private readonly List<ServerPlace> _free = [];

        public SemaphoreSlim Room { get; } = new(places);

        /// <summary>Best one that knows this database, else one that knows none, else one that will forget what it knows.</summary>
        public ServerPlace Take(string database)
        {
            lock (_free)
            {
                var i = _free.FindLastIndex(place => place.Database == database);
                if (i < 0) i = _free.FindLastIndex(place => place.Database is null);
                if (i < 0) i = _free.Count - 1;
                if (i < 0) return new ServerPlace(Leave);
                var place = _free[i];
                _free.RemoveAt(i);
                return place;
            }
        }

        public void CloseIdle()
        {
            lock (_free)
                foreach (var place in _free) place.CloseConnection();
        }

        private void Leave(ServerPlace place)
        {
            lock (_free)
            {
                _free.Add(place);
                // Others wait until the server has room for one more connection: none is kept for later then.
                if (place.Database is not null && servers.IsFull(place.Database)) place.CloseConnection();
            }
            Room.Release();
        }

        public void Dispose()
        {
            Room.Dispose();
            foreach (var place in _free) place.Close();
        }
    }
}
