using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Bench;

/// <summary>The loops, each four connections wide.</summary>
internal static class BareLoop
{
    private const int Parallelism = 4;
    private static readonly ParallelOptions Four = new() { MaxDegreeOfParallelism = Parallelism };
    private static readonly Guid Run = Guid.CreateVersion7();

    public static Task DatabasesAsync(string server, string[] databases) =>
        Parallel.ForEachAsync(databases, Four, async (database, cancellationToken) =>
        {
            await using var connection = await OpenAsync(server, database, cancellationToken);
            await UpgradeAsync(connection, "public", cancellationToken);
        });

    public static async Task SchemasAsync(string database)
    {
        var schemas = new ConcurrentQueue<string>(await SchemasOfAsync(database));
        await Parallel.ForAsync(0, Parallelism, Four, async (_, cancellationToken) =>
        {
            await using var connection = await OpenAsync(database, null, cancellationToken);
            while (schemas.TryDequeue(out var schema)) await UpgradeAsync(connection, schema, cancellationToken);
        });
    }

    /// <summary>How many of them have been upgraded.</summary>
    public static async Task<int> LookAsync(string server, string[] databases)
    {
        var upgraded = 0;
        await Parallel.ForEachAsync(databases, Four, async (database, cancellationToken) =>
        {
            await using var connection = await OpenAsync(server, database, cancellationToken);
            const string newest = "SELECT version FROM krang_upgrade_journal ORDER BY version DESC LIMIT 1";
            await using var command = new NpgsqlCommand(newest, connection);
            if (await command.ExecuteScalarAsync(cancellationToken) is string version && version == Cms.Steps[^1].Version)
                Interlocked.Increment(ref upgraded);
        });
        return upgraded;
    }

    private static async Task UpgradeAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var begin = $"BEGIN; SET LOCAL search_path = {schema}";
        await ExecuteAsync(connection, $"{begin}; {CmsJournal.Table} COMMIT", cancellationToken);
        foreach (var step in Cms.Steps)
        {
            await ExecuteAsync(connection, begin, cancellationToken);
            await ExecuteAsync(connection, step.Sql, cancellationToken);
            await RecordAsync(connection, step, cancellationToken);
        }
    }

    private static async Task RecordAsync(NpgsqlConnection connection, CmsStep step, CancellationToken cancellationToken)
    {
        var row = new NpgsqlBatchCommand(CmsJournal.Row);
        object[] values = [step.Version, step.Module, CmsJournal.Sha256(step), Run, Environment.MachineName];
        foreach (var value in values) row.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { row, new NpgsqlBatchCommand("COMMIT") } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<string>> SchemasOfAsync(string database)
    {
        await using var connection = await OpenAsync(database, null, CancellationToken.None);
        const string names = "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^s[0-9]+$' ORDER BY 1";
        await using var command = new NpgsqlCommand(names, connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> schemas = [];
        while (await reader.ReadAsync()) schemas.Add(reader.GetString(0));
        return schemas;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string server, string? database, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(server) { Pooling = false };
        if (database is not null) settings.Database = database;
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
