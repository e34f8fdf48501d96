using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What connections found out about the server behind an address, for those that follow.</summary>
public sealed class KnownServer
{
    private Version? _version;
    private readonly Lock _lock = new();
    private Task<ServerTypes>? _types;
    private volatile bool _refusesOptions;
    private volatile bool _isOld;

    /// <summary>Null while nobody has connected.</summary>
    public Version? Version
    {
        get => Volatile.Read(ref _version);
        set => Volatile.Write(ref _version, value);
    }

    /// <summary>It does not know what PostgreSQL 14 knows.</summary>
    public bool IsOld
    {
        get => _isOld;
        set => _isOld = value;
    }

    /// <summary>Of such a pooler: whose its sessions are; null while nobody has found out.</summary>
    public SessionOwner? Owner { get; set; }

    /// <summary>Read once, however many ask at the same time; and again where that failed.</summary>
    internal Task<ServerTypes> TypesAsync(Func<Task<ServerTypes>> read)
    {
        lock (_lock) return _types is { IsFaulted: false, IsCanceled: false } known ? known : _types = read();
    }

    /// <summary>Another server has taken the address over.</summary>
    internal void ForgetTypes()
    {
        lock (_lock) _types = null;
    }

    /// <summary>A pooler is in between that refuses, or drops, what a client asks for when it connects.</summary>
    public bool RefusesOptions
    {
        get => _refusesOptions;
        set => _refusesOptions = value;
    }
}

/// <summary>Servers by their addresses, as far as this process has met them.</summary>
public sealed class KnownServers
{
    private readonly ConcurrentDictionary<string, KnownServer> _servers = new(StringComparer.OrdinalIgnoreCase);

    public KnownServer Of(NpgsqlConnectionStringBuilder address) =>
        _servers.GetOrAdd($"{address.Host}:{address.Port}", _ => new KnownServer());
}
