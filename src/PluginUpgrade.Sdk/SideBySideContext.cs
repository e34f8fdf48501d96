using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// What <see cref="ISideBySideModule.Build"/>, <see cref="ISideBySideModule.CatchUp"/> and <see cref="ISideBySideModule.Verify"/> receive:
/// the schema that is built beside the live one. <see cref="UpgradeContext.Schema"/> and <c>search_path</c> are the new schema.
/// </summary>
public sealed class SideBySideContext : UpgradeContext
{
    private readonly SideBySideParts _parts;

    internal SideBySideContext(ContextParts parts, SideBySideParts own) : base(parts) => _parts = own;

    /// <summary>The instance's name in the settings.</summary>
    public required string Name { get; init; }

    /// <summary>The instance's labels from the settings. Keys are not case-sensitive.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>
    /// The live schema, unquoted. Where a schema is built, it is in the same database as the new one, and <see cref="PostgresName.Quote"/>
    /// makes it fit for SQL. Where a whole database is built, it is in the live database: read it through <see cref="OpenLiveAsync"/>.
    /// </summary>
    public required string Live { get; init; }

    /// <summary>
    /// Whether this is the last call of <see cref="ISideBySideModule.CatchUp"/>: <see cref="UpgradeContext.Connection"/> is in the
    /// transaction of the exchange, so keep it short. <see cref="UpgradeContext.OpenConnectionAsync(CancellationToken)"/> and
    /// <see cref="OpenLiveAsync"/> throw in it where a schema is built: they would wait for the locks of that transaction.
    /// </summary>
    public bool IsFinal { get; init; }

    /// <summary>
    /// Opens a connection to the live database that can only read, with the live schema as its <c>search_path</c>. It counts towards
    /// <c>Run:PerServer</c>. In the last call of CatchUp of a whole database, each call returns one connection that was made before: the
    /// server lets nobody into the live database any more.
    /// </summary>
    /// <returns>Dispose it when it is no longer needed; krang-upgrade closes it at the end of the call.</returns>
    /// <exception cref="InvalidOperationException">It is the last call of CatchUp, and a schema is built.</exception>
    /// <exception cref="NpgsqlException">The server could not be reached, or had no free connection.</exception>
    public Task<NpgsqlConnection> OpenLiveAsync(CancellationToken cancellationToken = default) => _parts.OpenLive(cancellationToken);

    /// <summary>
    /// Declares that a table of the live schema is moved unchanged, with its rows, indexes and constraints, at the exchange. The class must
    /// declare the same tables with <see cref="CarriesAttribute"/>. Call it in <see cref="ISideBySideModule.Build"/>; only for schemas.
    /// </summary>
    /// <param name="table">The table's name, unquoted, without its schema.</param>
    /// <exception cref="InvalidOperationException">The class does not declare the table.</exception>
    public void Carry(string table) => _parts.Carry(table);

    /// <summary>
    /// Begins to record changes of a live table, for <see cref="ReplayAsync"/>: call it in <see cref="ISideBySideModule.Build"/> before the
    /// table is copied. It adds triggers to the live table, whose function and record lie in the new schema; all of it is removed at the
    /// exchange, and after a failure. Calling it again changes nothing. Where a whole database is built, function and record lie in a
    /// schema <c>krang_upgrade_capture</c> of the live database, and only a module that overrides
    /// <see cref="ISideBySideModule.CatchUp"/> may call it.
    /// </summary>
    /// <param name="table">The live table's name, unquoted, without its schema.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="PostgresException">There is no such table, or its lock was not granted.</exception>
    public Task CaptureAsync(string table, CancellationToken cancellationToken = default) => _parts.Capture(table, cancellationToken);

    /// <summary>
    /// Runs <paramref name="sql"/> for the changes of a live table that were committed since the previous call, or since
    /// <see cref="CaptureAsync"/>. Each change is replayed exactly once, also if transactions overlap, because both calls compare
    /// snapshots: one REPEATABLE READ transaction, which also records how far it came. Where a whole database is built, the changes are
    /// copied from the live database first, and the transaction is READ COMMITTED.
    /// </summary>
    /// <param name="table">As for <see cref="CaptureAsync"/>.</param>
    /// <param name="sql">
    /// One or more statements. They read <c>pg_temp.changes</c>: <c>at bigint</c> (the order of the changes), <c>op text</c>
    /// (<c>INSERT</c>, <c>UPDATE</c>, <c>DELETE</c> or <c>TRUNCATE</c>), <c>old jsonb</c> and <c>new jsonb</c> (the whole row, null where
    /// there is none).
    /// </param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The number of changes.</returns>
    /// <exception cref="PostgresException">A statement failed: nothing of this call was replayed.</exception>
    public Task<long> ReplayAsync(string table, string sql, CancellationToken cancellationToken = default) =>
        _parts.Replay(table, sql, cancellationToken);
}

/// <summary>The parts of a <see cref="SideBySideContext"/>, described there.</summary>
internal sealed record SideBySideParts
{
    public required Func<CancellationToken, Task<NpgsqlConnection>> OpenLive { get; init; }

    public required Action<string> Carry { get; init; }

    public required Func<string, CancellationToken, Task> Capture { get; init; }

    public required Func<string, string, CancellationToken, Task<long>> Replay { get; init; }
}
