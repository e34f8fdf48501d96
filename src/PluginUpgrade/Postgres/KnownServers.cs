using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What connections found out about the server at an address, for later connections.</summary>
public sealed class KnownServer
{
    private Version? _version;
    private readonly Lock _lock = new();
    private Task<ServerTypes>? _types;
    private volatile bool _refusesOptions;
    private volatile bool _isOld;

    /// <summary>Null before the first connection.</summary>
    public Version? Version
    {
        get => Volatile.Read(ref _version);
        set => Volatile.Write(ref _version, value);
    }

    /// <summary>The server is older than PostgreSQL 14 and refuses what that version introduced.</summary>
    public bool IsOld
    {
        get => _isOld;
        set => _isOld = value;
    }

    /// <summary>Who owns the sessions of a pooler that refuses options; null until it is found out.</summary>
    public SessionOwner? Owner { get; set; }

    /// <summary>
    /// Reads the types once, however many callers ask at the same time; again if that failed. The failure or cancellation of one caller's
    /// reading is not passed on to the others: they read again.
    /// </summary>
    internal async Task<ServerTypes> TypesAsync(Func<Task<ServerTypes>> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<ServerTypes> types;
            var isOwn = false;
            lock (_lock)
            {
                if (_types is not { IsFaulted: false, IsCanceled: false })
                {
                    _types = read();
                    isOwn = true;
                }
                types = _types;
            }
            try
            {
                return await types.WaitAsync(cancellationToken);
            }
            catch (Exception) when (!isOwn && !cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    /// <summary>To be called when another server has taken over the address.</summary>
    internal void ForgetTypes()
    {
        lock (_lock) _types = null;
    }

    /// <summary>A pooler before the server refuses, or drops, the options that a client sends when it connects.</summary>
    public bool RefusesOptions
    {
        get => _refusesOptions;
        set => _refusesOptions = value;
    }
}

/// <summary>The servers that this process has connected to, by address.</summary>
public sealed class KnownServers
{
    private readonly ConcurrentDictionary<string, KnownServer> _servers = new(StringComparer.OrdinalIgnoreCase);

    public KnownServer Of(NpgsqlConnectionStringBuilder address) =>
        _servers.GetOrAdd($"{address.Host}:{address.Port}", _ => new KnownServer());
}
