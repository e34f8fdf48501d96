using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade;

/// <summary>What both hooks are given. Valid during the hook's call only.</summary>
public abstract class UpgradeContext
{
    private protected UpgradeContext() { }

    /// <summary>
    /// The open connection to the target's database, inside the step's transaction (outside one where the module is declared so). The
    /// host owns it: do not close it, and do not commit, roll back or begin a transaction on it. One command at a time.
    /// </summary>
    public required NpgsqlConnection Connection { get; init; }

    /// <summary>
    /// The target's schema, unquoted. It is the first entry of <c>search_path</c>, so unqualified names mean objects in it. To put it
    /// into SQL, use <see cref="PostgresName.Quote"/>.
    /// </summary>
    public required string Schema { get; init; }

    /// <summary>Where the target stood when the run began. Excluded from the range that the run passes through.</summary>
    public required UpgradeVersion From { get; init; }

    /// <summary>Where the run takes the target; not the version of the module. Included in the range.</summary>
    public required UpgradeVersion To { get; init; }

    /// <summary>Writes into the log file of the run; at Warning and above also to the operator's terminal.</summary>
    public required ILogger Log { get; init; }

    /// <summary>
    /// The module's own section of the settings, <c>Modules:CLASSNAME</c> (<c>Modules:V1_002:Separator</c> is read as
    /// <c>Settings["Separator"]</c>). Empty where the operator configured nothing.
    /// </summary>
    public required IConfiguration Settings { get; init; }

    /// <summary>Runs batches; null in a step that is one transaction.</summary>
    internal BatchRunner? Batches { get; init; }

    /// <summary>Where <see cref="Report"/> goes.</summary>
    internal Action<long, long>? Progress { get; init; }

    /// <summary>
    /// Sends <paramref name="sql"/>, one statement or several separated by semicolons, in the step's transaction. Without a time limit of
    /// its own; a lock that is not granted within the settings' <c>Run:LockTimeout</c> fails the step.
    /// </summary>
    /// <returns>How many rows were inserted, updated or deleted; -1 where the statements were of other kinds.</returns>
    /// <exception cref="PostgresException">
    /// The server refused a statement. Let it pass: a swallowed one fails the step anyway.
    /// </exception>
    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken = default)
    {
        using var command = new NpgsqlCommand(sql, Connection);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Does long work in batches, each in a transaction of its own that the host begins and commits together with the batch's cursor in
    /// the journal: a step that is interrupted continues at its batch. For modules declared <c>Transactional = false</c> and
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
        Batches is null
            ? throw new InvalidOperationException(
                "Batches are transactions of their own: declare the module with Transactional = false, Repeatable = true.")
            : Batches(name, batch, cancellationToken);

    /// <summary>
    /// Tells the operator how far a long step has come, in whatever unit the module counts. Cheap; may be called often, from any thread.
    /// </summary>
    /// <param name="done">How many are done, from 0 to <paramref name="total"/>.</param>
    /// <param name="total">How many there are; 0 where that is not known.</param>
    public void Report(long done, long total) => Progress?.Invoke(done, total);
}
