using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade;

/// <summary>What a module's methods receive. Valid only during the call.</summary>
public abstract class UpgradeContext
{
    private readonly ContextParts _parts;

    private protected UpgradeContext(ContextParts parts) => _parts = parts;

    /// <summary>
    /// The open connection to the target's database, inside the step's transaction (or outside one, if the module is declared so).
    /// krang-upgrade owns it: do not close it, and do not commit, roll back or begin a transaction on it. One command at a time.
    /// </summary>
    public NpgsqlConnection Connection => _parts.Connection;

    /// <summary>
    /// The target's schema, unquoted. It is the first entry of <c>search_path</c>, so unqualified names refer to it first. To use it in
    /// SQL, quote it with <see cref="PostgresName.Quote"/>.
    /// </summary>
    public string Schema => _parts.Schema;

    /// <summary>The target's version when the run began; not included in the range of the run.</summary>
    public UpgradeVersion From => _parts.From;

    /// <summary>The version that the run upgrades the target to, not the module's version; included in the range of the run.</summary>
    public UpgradeVersion To => _parts.To;

    /// <summary>Writes to the run's log file; at Warning and above also to the operator's terminal.</summary>
    public ILogger Log => _parts.Log;

    /// <summary>
    /// The module's own section of the settings, <c>Modules:CLASSNAME</c> (<c>Modules:V1_002:Separator</c> is read as
    /// <c>Settings["Separator"]</c>). Empty if nothing is configured.
    /// </summary>
    public IConfiguration Settings => _parts.Settings;

    /// <summary>
    /// The folder that the module's assembly was loaded from, absolute, with the other files of the module's folder. It is a private copy,
    /// removed at the end of the run: read from it, and write elsewhere.
    /// </summary>
    public string ModuleFolder => _parts.ModuleFolder;

    /// <summary>
    /// Runs <paramref name="sql"/>, one statement or several separated by semicolons, in the step's transaction; without one, each
    /// statement by itself. The text is split as PostgreSQL would split it: bodies between BEGIN ATOMIC and END, strings and comments of
    /// every kind stay whole. A byte order mark is ignored; psql commands (<c>\connect</c>) are errors. There is no separate time limit;
    /// a lock that is not granted within <c>Run:LockTimeout</c> fails the step.
    /// </summary>
    /// <returns>How many rows were inserted, updated or deleted; -1 if no statement was of these kinds.</returns>
    /// <exception cref="PostgresException">
    /// A statement failed, and those after it were not run. Do not catch it: in a transaction the step fails nevertheless.
    /// </exception>
    public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken = default) => _parts.Execute(sql, cancellationToken);

    /// <summary>
    /// Opens another connection to the target, with the same database, user, schema and settings as <see cref="Connection"/>, but outside
    /// the step's transaction. It does not see the step's uncommitted changes, and what it commits stays if the step fails. In checks, in
    /// <c>Verify…</c> and in a dry run it can only read. It counts towards <c>Run:PerServer</c>.
    /// </summary>
    /// <returns>
    /// Dispose it when it is no longer needed. At the end of the step krang-upgrade closes open connections; uncommitted work rolls back.
    /// </returns>
    /// <exception cref="NpgsqlException">
    /// The server could not be reached, or had no free connection, for as long as <c>Run:ReconnectWithin</c> allows.
    /// </exception>
    public Task<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        _parts.Open(null, cancellationToken);

    /// <summary>As the other overload, with the module's own type mappings.</summary>
    /// <param name="configure">
    /// Maps types (<c>source => source.MapEnum&lt;Mood&gt;()</c>), only for this connection, unlike Npgsql's <c>GlobalTypeMapper</c>.
    /// </param>
    /// <param name="cancellationToken">Cancels waiting for the server.</param>
    public Task<NpgsqlConnection> OpenConnectionAsync(
        Action<NpgsqlDataSourceBuilder> configure, CancellationToken cancellationToken = default) =>
        _parts.Open(configure, cancellationToken);

    /// <summary>
    /// Runs long work in batches. Each batch is a separate transaction, which krang-upgrade begins, and commits together with the batch's
    /// cursor in the journal: an interrupted step continues at the interrupted batch. For modules declared <c>Transactional = false</c> and
    /// <c>Repeatable = true</c>.
    /// </summary>
    /// <param name="batch">
    /// Runs one batch on <see cref="Connection"/>. It receives the cursor that the previous batch returned (null for the first batch), and
    /// returns the next cursor, any text (such as the last key that was done), or null when nothing is left.
    /// </param>
    /// <param name="name">Distinguishes several such loops of one step.</param>
    /// <param name="cancellationToken">Cancels the current batch; earlier batches stay.</param>
    /// <exception cref="InvalidOperationException">The module is not declared to work outside a transaction.</exception>
    public Task InBatchesAsync(
        Func<string?, CancellationToken, Task<string?>> batch, string name = "", CancellationToken cancellationToken = default) =>
        _parts.Batches is not { } run
            ? throw new InvalidOperationException(
                "Batches are transactions of their own: declare the module with Transactional = false, Repeatable = true.")
            : run(name, batch, cancellationToken);

    /// <summary>
    /// Reports the progress of a long step to the operator, in any unit. Cheap and thread-safe, so call it as often as you like: a few
    /// calls a second are shown, and always the last one.
    /// </summary>
    /// <param name="done">How many units are done, from 0 to <paramref name="total"/>.</param>
    /// <param name="total">How many units there are; 0 if unknown.</param>
    public void Report(long done, long total) => _parts.Progress(done, total);
}
