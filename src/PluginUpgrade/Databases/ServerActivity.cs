namespace PluginUpgrade.Databases;

/// <summary>What is around a database with targets: others' sessions and transactions, standbys, the server's limits.</summary>
public sealed record ServerActivity
{
    /// <summary>Host and port, as people read it.</summary>
    public required string Server { get; init; }

    /// <summary>The database's name on its server.</summary>
    public required string Database { get; init; }

    /// <summary>Why nothing could be read; then all else here means nothing.</summary>
    public Problem? NotRead { get; init; }

    public ServerCapacity Limits { get; init; } = new();

    /// <summary>The server's databases in which others have sessions or prepared transactions; null where that was not asked.</summary>
    public IReadOnlySet<string>? Used { get; init; }

    /// <summary>How many sessions of other roles in this database do not show this role what they do.</summary>
    public long HiddenSessions { get; init; }

    public IReadOnlyList<Standby> Standbys { get; init; } = [];

    /// <summary>Others' sessions in this database; read where somebody asks for them.</summary>
    public IReadOnlyList<ConnectedApplication> Applications { get; init; } = [];

    /// <summary>Others' transactions in this database that are open for longer than the settings say.</summary>
    public IReadOnlyList<OpenTransaction> LongTransactions { get; init; } = [];

    public IReadOnlyList<OpenTransaction> PreparedTransactions { get; init; } = [];

    /// <summary>Of a target's database: nothing, as far as is known.</summary>
    public static ServerActivity Of(Target target) => new() { Server = target.Server, Database = target.DatabaseName };
}

/// <summary>What a server lets in, for this role.</summary>
/// <param name="Locks">max_locks_per_transaction.</param>
/// <param name="Connections">max_connections without those that are kept for others.</param>
/// <param name="Connected">Others' sessions on the server.</param>
/// <param name="RoleConnections">What the role may have; null: no limit of its own.</param>
/// <param name="RoleConnected">What others have in this role.</param>
public sealed record ServerCapacity(
    int Locks = 64, int MaxConnections = 100, int MaxPrepared = 0, int Connections = 97, int Connected = 0,
    int? RoleConnections = null, int RoleConnected = 0)
{
    /// <summary>How many locks on relations there is room for, all sessions together.</summary>
    public long LockSlots => (long)Locks * (MaxConnections + MaxPrepared);

    /// <summary>How many connections more this role may have now.</summary>
    public int Free => Math.Max(0, Math.Min(Connections - Connected, (RoleConnections ?? int.MaxValue) - RoleConnected));
}

/// <param name="Bytes">Of the write-ahead log, behind; null where that is hidden or not known.</param>
/// <param name="Delay">How long the newest of what it has replayed took; null where hidden or not known.</param>
public sealed record Standby(string Name, string Client, long? Bytes, TimeSpan? Delay, bool Hidden);

/// <param name="Client">Empty where hidden, or on the server itself.</param>
public sealed record ConnectedApplication(string Name, string User, string Client, long Sessions);

/// <summary>A transaction of somebody else.</summary>
/// <param name="Who">As people read it: application, role, address, process; or the name of a prepared one.</param>
/// <param name="End">A statement that ends it.</param>
/// <param name="Age">By the server's clock.</param>
/// <param name="Locked">Relations that it holds locks on, one of each schema.</param>
public sealed record OpenTransaction(string Who, string End, DateTimeOffset Since, TimeSpan Age, IReadOnlyList<LockedRelation> Locked);

/// <param name="Count">How many of the schema's.</param>
public sealed record LockedRelation(string Schema, string Relation, long Count);
