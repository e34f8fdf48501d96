namespace PluginUpgrade.Databases;

/// <summary>The activity around a database with targets: sessions and transactions of others, standbys, the server's limits.</summary>
public sealed record ServerActivity
{
    /// <summary>Host and port, for messages.</summary>
    public required string Server { get; init; }

    /// <summary>The database's name on its server.</summary>
    public required string Database { get; init; }

    /// <summary>Why nothing could be read; all other properties are then meaningless.</summary>
    public Problem? NotRead { get; init; }

    public ServerCapacity Limits { get; init; } = new();

    /// <summary>The server's databases in which others have sessions or prepared transactions; null where this was not read.</summary>
    public IReadOnlySet<string>? Used { get; init; }

    /// <summary>How many sessions of other roles in this database do not show this role what they do.</summary>
    public long HiddenSessions { get; init; }

    public IReadOnlyList<Standby> Standbys { get; init; } = [];

    /// <summary>Sessions of others in this database; read only on request.</summary>
    public IReadOnlyList<ConnectedApplication> Applications { get; init; } = [];

    /// <summary>Transactions of others in this database that have been open longer than the settings allow.</summary>
    public IReadOnlyList<OpenTransaction> LongTransactions { get; init; } = [];

    public IReadOnlyList<OpenTransaction> PreparedTransactions { get; init; } = [];

    /// <summary>The state before anything is read, for the target's database.</summary>
    public static ServerActivity Of(Target target) => new() { Server = target.Server, Database = target.DatabaseName };
}

/// <summary>The server's limits for this role, and how much of them is used.</summary>
/// <param name="Locks">max_locks_per_transaction.</param>
/// <param name="Connections">max_connections without the connections reserved for others.</param>
/// <param name="Connected">Sessions of others on the server.</param>
/// <param name="RoleConnections">The role's connection limit; null where it has none.</param>
/// <param name="RoleConnected">Sessions of others as this role.</param>
public sealed record ServerCapacity(
    int Locks = 64, int MaxConnections = 100, int MaxPrepared = 0, int Connections = 97, int Connected = 0,
    int? RoleConnections = null, int RoleConnected = 0)
{
    /// <summary>How many locks on relations the server has room for, for all sessions together.</summary>
    public long LockSlots => (long)Locks * (MaxConnections + MaxPrepared);

    /// <summary>How many more connections this role can open now.</summary>
    public int Free => Math.Max(0, Math.Min(Connections - Connected, (RoleConnections ?? int.MaxValue) - RoleConnected));
}

/// <param name="Bytes">How far it is behind in the write-ahead log; null where hidden or unknown.</param>
/// <param name="Delay">How long it took to replay the newest record that it has replayed; null where hidden or unknown.</param>
public sealed record Standby(string Name, string Client, long? Bytes, TimeSpan? Delay, bool Hidden);

/// <param name="Client">The address; empty where hidden, or on the server itself.</param>
public sealed record ConnectedApplication(string Name, string User, string Client, long Sessions);

/// <summary>A transaction of another session.</summary>
/// <param name="Who">For messages: application, role, address and process; or the name of a prepared transaction.</param>
/// <param name="End">A statement that ends the transaction.</param>
/// <param name="Age">The age, by the server's clock.</param>
/// <param name="Locked">Relations that it holds locks on: one for each schema.</param>
public sealed record OpenTransaction(string Who, string End, DateTimeOffset Since, TimeSpan Age, IReadOnlyList<LockedRelation> Locked);

/// <param name="Count">How many relations of the schema it has locked.</param>
public sealed record LockedRelation(string Schema, string Relation, long Count);
