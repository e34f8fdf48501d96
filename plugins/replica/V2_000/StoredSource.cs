using Npgsql;

namespace Replica.Upgrade;

/// <summary>A source of the old catalogue.</summary>
/// <param name="CanStart">Whether it says from where its tables can be continued: it has no tables, or a batch.</param>
internal sealed record StoredSource(string Name, string Origin, string Schema, string Status, bool CanStart)
{
    public static async Task<IReadOnlyList<StoredSource>> ReadAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT name, origin, destination_schema, status,
                   EXISTS (SELECT FROM batch AS b WHERE b.source_id = s.source_id)
                   OR NOT EXISTS (SELECT FROM replicated_table AS t WHERE t.source_id = s.source_id)
            FROM source AS s ORDER BY name
            """, connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<StoredSource> sources = [];
        while (await reader.ReadAsync(cancellationToken))
            sources.Add(new StoredSource(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4)));
        return sources;
    }

    /// <summary>What prevents the upgrade, with the statement that clears it.</summary>
    public IEnumerable<string> Problems(string catalogue)
    {
        var enable = $"UPDATE {catalogue}.source SET status = 'stopped' WHERE name = '{Name.Replace("'", "''", StringComparison.Ordinal)}'";
        if (Status == "running") yield return $"Source {Name} is running. Stop its process. If it has crashed, run: {enable}";
        if (Status == "error") yield return $"Source {Name} stopped with an error. Deal with its cause, then run: {enable}";
        if (!CanStart) yield return $"Source {Name} has tables and no batch. Start its process once, so that it stores how far they are.";
    }
}
