using Npgsql;
using PluginUpgrade;

namespace Replica.Upgrade;

/// <summary>
/// One source with several databases takes the place of several sources with one database each. The new catalogue is built beside the old
/// one, which stays as it is until both are exchanged; <c>krang-upgrade rollback</c> puts it back.
/// <code>
/// "Modules": { "V2_000": {
///   "Name": "replica",
///   "Sources": {
///     "orders": { "Database": "shop_db", "Schema": "shop" },
///     "stock":  { "Database": "stock_db", "Schema": "stock" }
/// } } }
/// </code>
/// </summary>
/// <remarks>
/// There is no CatchUp. It would let others write to the old catalogue during the build, but those are the replica processes, and
/// CheckInstance demands that they are stopped. So nobody waits, and the module needs no code to follow changes. Where users write, it
/// would need it: without CatchUp, writers wait from the build to the exchange.
///
/// The module is not Repeatable, because the build takes moments: if it is interrupted, it is dropped and begins again.
/// </remarks>
[UpgradeModule("2.000", Description = "One source replicates several databases")]
[RequiresExactly("1.7")]
public sealed class V2_000 : ISideBySideModule
{
    /// <summary>All that the operator has to correct, before anything changes.</summary>
    public async Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        var stored = await StoredSource.ReadAllAsync(instance.Connection, cancellationToken);
        return
        [
            .. Mappings.Compare(instance.Settings.GetSection("Sources"), stored),
            .. stored.SelectMany(source => source.Problems(PostgresName.Quote(instance.Schema))),
        ];
    }

    /// <summary>Replays what the old processes stored and did not replay: the new catalogue has no place for it.</summary>
    public Task<bool> Drain(InstanceContext live, CancellationToken cancellationToken) =>
        Replay.NextBatchesAsync(live.Connection, cancellationToken);

    public async Task Build(SideBySideContext next, CancellationToken cancellationToken)
    {
        await next.ExecuteAsync(NewCatalogue.Sql, cancellationToken);
        await using var source = new NpgsqlCommand("INSERT INTO source (name) VALUES ($1)", next.Connection)
        {
            Parameters = { new() { Value = next.Settings["Name"] ?? "replica" } },
        };
        await source.ExecuteNonQueryAsync(cancellationToken);
        await next.ExecuteAsync(MigrationSql(PostgresName.Quote(next.Live)), cancellationToken);
    }

    /// <summary>
    /// Unqualified tables are the new ones. The last batch of each old source says how far its tables are: there they start. The new
    /// process has one log to read: it begins at the first of these points, and skips the changes that a table has already. After
    /// the last of them, all tables are consistent.
    /// </summary>
    private static string MigrationSql(string live) => $"""
        INSERT INTO schema_mapping (origin, source_id, destination_schema)
        SELECT old.origin, source.source_id, old.destination_schema FROM source CROSS JOIN {live}.source AS old;

        INSERT INTO replicated_table (table_id, origin, name, start_file, start_position)
        SELECT t.table_id, old.origin, t.name, reached.log_file, reached.log_position
        FROM {live}.replicated_table AS t
        JOIN {live}.source AS old USING (source_id)
        JOIN (
          SELECT DISTINCT ON (source_id) source_id, log_file, log_position FROM {live}.batch
          ORDER BY source_id, log_file DESC, log_position DESC) AS reached USING (source_id);

        INSERT INTO batch (source_id, start_file, start_position)
        SELECT source_id, start_file, start_position FROM source CROSS JOIN replicated_table
        ORDER BY start_file, start_position LIMIT 1;

        UPDATE source SET (consistent_file, consistent_position) = (
          SELECT start_file, start_position FROM replicated_table ORDER BY start_file DESC, start_position DESC LIMIT 1);
        """;

    /// <summary>Compares both catalogues. Each row of the query is a sentence for the operator.</summary>
    public async Task<IReadOnlyList<string>> Verify(SideBySideContext next, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(FaultsSql(PostgresName.Quote(next.Live)), next.Connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> faults = [];
        while (await reader.ReadAsync(cancellationToken)) faults.Add(reader.GetString(0));
        return faults;
    }

    private static string FaultsSql(string live) => $"""
        SELECT format('Source %s was not migrated.', old.name)
        FROM {live}.source AS old LEFT JOIN schema_mapping AS m USING (origin, destination_schema)
        WHERE m.origin IS NULL
        UNION ALL
        SELECT format('Table %s of source %s was not migrated.', t.name, old.name)
        FROM {live}.replicated_table AS t JOIN {live}.source AS old USING (source_id)
        LEFT JOIN replicated_table AS n ON (n.origin, n.name) = (old.origin, t.name)
        WHERE n.table_id IS NULL
        UNION ALL
        SELECT format('Batch %s was not replayed.', batch_id) FROM {live}.batch WHERE replayed_at IS NULL
        UNION ALL
        SELECT format('Table %s starts outside of what the new source reads.', t.name)
        FROM replicated_table AS t CROSS JOIN batch AS b CROSS JOIN source AS s
        WHERE (t.start_file, t.start_position) < (b.start_file, b.start_position)
           OR (t.start_file, t.start_position) > (s.consistent_file, s.consistent_position)
        """;
}
