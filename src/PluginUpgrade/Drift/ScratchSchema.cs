using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Drift;

/// <summary>
/// A schema in an open transaction in which declared changes are made to be looked at. It is never committed: <see cref="RemoveAsync"/>, or
/// the end of the transaction.
/// </summary>
/// <param name="searchPath">Schemas that follow it in <c>search_path</c>.</param>
internal sealed class ScratchSchema(NpgsqlConnection connection, IReadOnlyList<string> searchPath)
{
    public string Name { get; } = $"krang_upgrade_check_{Guid.NewGuid():N}";

    public async Task MakeAsync(IEnumerable<SchemaChange> changes, CancellationToken cancellationToken)
    {
        var path = searchPath.Prepend(Name).Append("pg_temp").Select(PostgresName.Quote);
        await SendAsync(
            ["SAVEPOINT scratch", $"CREATE SCHEMA {PostgresName.Quote(Name)}", $"SET LOCAL search_path = {string.Join(", ", path)}"],
            cancellationToken);
        await ApplyAsync(changes, cancellationToken);
    }

    /// <summary>As in a step's transaction.</summary>
    public Task ApplyAsync(IEnumerable<SchemaChange> changes, CancellationToken cancellationToken) =>
        SendAsync([.. changes.SelectMany(change => change.Sql(PostgresName.Quote(Name)))], cancellationToken);

    public Task RemoveAsync(CancellationToken cancellationToken) =>
        Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT scratch", cancellationToken);

    private async Task SendAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        if (statements.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var sql in statements) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
