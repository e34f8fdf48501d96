using Npgsql;

namespace PluginUpgrade.Drift;

/// <summary>
/// A schema in which declared changes are made to be looked at. It lives in an open transaction of which nothing is committed.
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
            $"CREATE SCHEMA {own}", $"SET LOCAL search_path = {string.Join(", ", path)}",
            .. Copies.Select(PostgresName.Quote).Select(table => $"CREATE TABLE {own}.{table} (LIKE {from}.{table} INCLUDING INDEXES)"),
        ], cancellationToken);
        await ApplyAsync(changes, cancellationToken);
    }

    /// <summary>As for a small table, in a step's transaction.</summary>
    private Task ApplyAsync(IEnumerable<SchemaChange> changes, CancellationToken cancellationToken) =>
        SendAsync([.. changes.SelectMany(change => change.Sql(PostgresName.Quote(Name)))], cancellationToken);

    /// <summary>As for a large table, where that can be in a transaction.</summary>
    public Task ApplyLargeAsync(SchemaChange change, CancellationToken cancellationToken) =>
        SendAsync(change.SqlOfLarge(PostgresName.Quote(Name)), cancellationToken);

    private async Task SendAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        if (statements.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var sql in statements) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
