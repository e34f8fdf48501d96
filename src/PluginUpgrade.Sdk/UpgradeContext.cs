using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade;

/// <summary>What a module's methods are given. Valid during the call only.</summary>
public abstract class UpgradeContext
{
    private readonly ContextParts _parts;

    private protected UpgradeContext(ContextParts parts) => _parts = parts;

    /// <summary>
    /// The open connection to the target's database, inside the step's transaction (outside one where the module is declared so). The
    /// krang-upgrade owns it: do not close it, and do not commit, roll back or begin a transaction on it. One command at a time.
    /// </summary>
    public NpgsqlConnection Connection => _parts.Connection;

    /// <summary>
    /// The target's schema, unquoted. It is the first entry of <c>search_path</c>, so unqualified names mean objects in it. To put it
    /// into SQL, use <see cref="PostgresName.Quote"/>.
    /// </summary>
    public string Schema => _parts.Schema;

    /// <summary>The target's version when the run began. Excluded from the range that the run passes through.</summary>
    public UpgradeVersion From => _parts.From;

    /// <summary>The version that the run takes the target to; not that of the module. Included in the range.</summary>
    public UpgradeVersion To => _parts.To;

    /// <summary>Writes into the log file of the run; at Warning and above also to the operator's terminal.</summary>
    public ILogger Log => _parts.Log;

    /// <summary>
    /// The module's own section of the settings, <c>Modules:CLASSNAME</c> (<c>Modules:V1_002:Separator</c> is read as
    /// <c>Settings["Separator"]</c>). Empty where the operator configured nothing.
    /// </summary>
    public IConfiguration Settings => _parts.Settings;

    /// <summary>
    /// The folder that the module's assembly was loaded from, absolute: what the module brings in its own folder lies there too. A private
    /// copy, which is removed at the end of the run: read it, and write elsewhere.
    /// </summary>
    public string ModuleFolder => _parts.ModuleFolder;

    /// <summary>
    /// Sends <paramref name="sql"/>, one statement or several separated by semicolons, in the step's transaction; outside one, each by
    /// itself. It is split where PostgreSQL itself would: bodies between BEGIN ATOMIC and END, strings and comments of every kind are
    /// left whole. A byte order mark is passed over; commands of psql (<c>\connect</c>) are errors. Without a time limit of its own; a
    /// lock that is not granted within the settings' <c>Run:LockTimeout</c> fails the step.
    /// </summary>
    /// <returns>How many rows were inserted, updated or deleted; -1 where the statements were of other kinds.</returns>
    /// <exception cref="PostgresException">
    /// The server refused a statement, and those after it were not run. Let it pass: a swallowed one fails the step all the same.
    /// </exception>
    public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken = default) => _parts.Execute(sql, cancellationToken);

    /// <summary>
    /// Opens another connection to the target: the same database, user, schema and settings as <see cref="Connection"/>, and outside the
    /// step's transaction. It does not see what the step has not committed, and what is committed on it stays when the step fails. In
    /// checks, in <c>Verify…</c> and in a dry run it can only read. It counts in <c>Run:PerServer</c>.
    /// </summary>
    /// <returns>
    /// Dispose it when it is no longer needed. At the step's end krang-upgrade closes what is left open; that rolls back.
    /// </returns>
    /// <exception cref="NpgsqlException">
    /// The server cannot be reached, or has no room for one more connection: it is waited for as everywhere (<c>Run:ReconnectWithin</c>).
    /// </exception>
    public Task<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        _parts.Open(null, cancellationToken);

    /// <summary>As the other overload, with type mappings of the module's own.</summary>
    /// <param name="configure">
    /// Maps types (<c>source => source.MapEnum&lt;Mood&gt;()</c>). For this connection only, unlike Npgsql's <c>GlobalTypeMapper</c>.
    /// </param>
    /// <param name="cancellationToken">Cancels waiting for the server.</param>
    public Task<NpgsqlConnection> OpenConnectionAsync(
        Action<NpgsqlDataSourceBuilder> configure, CancellationToken cancellationToken = default) =>
        _parts.Open(configure, cancellationToken);

    /// <summary>
    /// Does long work in batches, each in a transaction of its own that krang-upgrade begins and commits together with the batch's cursor
    /// in the journal: a step that is interrupted continues at its batch. For modules declared <c>Transactional = false</c> and
    /// <c>Repeatable = true</c>.
    /// </summary>
    /// <param name="batch">
    /// Does one batch on <see cref="Connection"/>. It is given the cursor that the batch before answered (null for the first) and answers
    /// the next one, in whatever text suits it (the last key that was done), or null when nothing is left.
    /// </param>
    /// <param name="name">Tells several such loops of one step apart.</param>
    /// <param name="cancellationToken">Cancels the batch that runs; those before it stay.</param>
    /// <exception cref="InvalidOperationException">The module is not declared to work outside a transaction.</exception>
    public Task InBatchesAsync(
        Func<string?, CancellationToken, Task<string?>> batch, string name = "", CancellationToken cancellationToken = default) =>
        _parts.Batches is not { } run
            ? throw new InvalidOperationException(
                "Batches are transactions of their own: declare the module with Transactional = false, Repeatable = true.")
            : run(name, batch, cancellationToken);

    /// <summary>
    /// Tells the operator how far a long step has come, in whatever unit the module counts. Cheap; may be called as often as you like,
    /// from any thread: a few calls a second are told, and the last one always.
    /// </summary>
    /// <param name="done">How many are done, from 0 to <paramref name="total"/>.</param>
    /// <param name="total">How many there are; 0 where that is not known.</param>
    public void Report(long done, long total) => _parts.Progress(done, total);
}
