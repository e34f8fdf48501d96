using Npgsql;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Running.Steps;

/// <summary>A requirement of the step is not met.</summary>
public sealed class UnmetException(IReadOnlyList<Unmet> unmet) : Exception(string.Join(" ", unmet.Select(one => one.Why)))
{
    public IReadOnlyList<Unmet> Unmet => unmet;
}

/// <summary>
/// Checks the module's requirements right before a step, in a READ ONLY transaction that is rolled back; in a transactional step, within a
/// savepoint of the step's transaction.
/// </summary>
internal static class Preconditions
{
    private const string Mark = "krang_upgrade_check";

    /// <summary>Time limit of each statement, in seconds.</summary>
    public const int Limit = 60;

    /// <param name="check">The module's own check; null if it has none.</param>
    /// <exception cref="UnmetException">A requirement is not met.</exception>
    public static async Task DemandAsync(
        NpgsqlConnection connection, UpgradeModule module, bool inTransaction, string searchPathSql,
        Func<CancellationToken, Task<IReadOnlyList<string>>>? check, CancellationToken cancellationToken)
    {
        if (module.Requirements.Count == 0 && check is null) return;
        await Sql.ExecuteAsync(connection, Begin(inTransaction, searchPathSql), cancellationToken);
        List<Unmet> unmet;
        try
        {
            unmet = [.. await FindAsync(connection, module, cancellationToken)];
            if (unmet.Count == 0 && check is not null) unmet.AddRange(OfModule(await check(cancellationToken)));
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e) && !SqlErrors.IsRetryable(e))
        {
            unmet = [Failed(e)];
        }
        catch (Exception e) when (e is not (NpgsqlException or OperationCanceledException))
        {
            unmet = [CheckFailed(e)];
        }
        await Sql.ExecuteAsync(connection, inTransaction ? $"ROLLBACK TO SAVEPOINT {Mark}; RELEASE SAVEPOINT {Mark}" : "ROLLBACK",
            cancellationToken);
        if (unmet.Count > 0) throw new UnmetException(unmet);
    }

    /// <summary>Rolling back to the savepoint also ends the READ ONLY mode.</summary>
    public static string Begin(bool inTransaction, string searchPathSql) => inTransaction
        ? $"SAVEPOINT {Mark}; SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '{Limit}s'"
        : $"BEGIN READ ONLY; {searchPathSql}; SET LOCAL statement_timeout = '{Limit}s'";

    public static IEnumerable<Unmet> OfModule(IReadOnlyList<string>? said) =>
        (said ?? []).Select(why => new Unmet(Unmet.Module, Sentence(why), "Fix that, then run the same command."));

    private static async Task<IReadOnlyList<Unmet>> FindAsync(
        NpgsqlConnection connection, UpgradeModule module, CancellationToken cancellationToken)
    {
        var state = await RequirementState.ReadAsync(connection, module.Requirements, cancellationToken);
        List<Unmet> unmet = [.. RequirementCheck.Find(module, state)];
        foreach (var query in module.Requirements.OfType<Requirement.Query>())
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Statements.Command(query.Sql) } };
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (Of(query, await Answer.ReadAsync(reader, cancellationToken)) is { } no) unmet.Add(no);
        }
        return unmet;
    }

    /// <param name="answer">The query's first value.</param>
    public static Unmet? Of(Requirement.Query query, object? answer) => answer is true ? null : new Unmet(Unmet.Query,
        $"{Sentence(query.Why)} The query '{query.Sql}' returned {Words(answer)}.",
        "Make it true, then run the same command.");

    public static Unmet Failed(PostgresException e) => new(Unmet.Query,
        $"its requirements could not be checked: {SqlErrors.Describe(e)}", "Fix the cause, or correct the module's query or check.")
    {
        Details = FailureDetail.Of(e),
    };

    public static Unmet CheckFailed(Exception e) => new(Unmet.CheckFailed,
        $"its check failed: {SqlErrors.Describe(e)}", "Correct the module: a check must return its findings, not throw.")
    {
        Details = FailureDetail.Of(e),
    };

    private static string Words(object? answer) => answer switch
    {
        false => "false",
        null => "no row",
        DBNull => "NULL",
        _ => $"{answer}, which is neither true nor false",
    };

    private static string Sentence(string text) => text.TrimEnd() is var said && said.EndsWith('.') ? said : $"{said}.";
}
