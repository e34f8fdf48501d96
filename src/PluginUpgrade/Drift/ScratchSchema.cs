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

    /// <summary>Empty copies of undeclared tables to which declared foreign keys refer: no key may lock a live table.</summary>
    public IReadOnlyList<string> Copies { get; private set; } = [];

    /// <param name="changes">Everything from an empty schema on.</param>
    /// <param name="live">A schema that has the undeclared tables.</param>
    public async Task MakeAsync(IReadOnlyList<SchemaChange> changes, string live, CancellationToken cancellationToken)
    {
        Copies = Undeclared.Tables(changes);
        var (own, from) = (PostgresName.Quote(Name), PostgresName.Quote(live));
        var path = searchPath.Prepend(Name).Append("pg_temp").Select(PostgresName.Quote);
        await SendAsync(
        [
            "SAVEPOINT scratch", $"CREATE SCHEMA {own}", $"SET LOCAL search_path = {string.Join(", ", path)}",
            .. Copies.Select(PostgresName.Quote).Select(table => $"CREATE TABLE {own}.{table} (LIKE {from}.{table} INCLUDING INDEXES)"),
        ], cancellationToken);
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
