using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>Several queries in one round trip.</summary>
internal sealed class QueryBatch(NpgsqlConnection connection)
{
    private readonly List<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader> OnRow)> _queries = [];

    /// <returns>The rows; filled by <see cref="ReadAsync"/>.</returns>
    public List<T> Add<T>(string sql, Func<NpgsqlDataReader, T> row, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        List<T> rows = [];
        _queries.Add((command, reader => rows.Add(row(reader))));
        return rows;
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = Sql.LimitOf(connection) };
        foreach (var (command, _) in _queries) batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var (_, onRow) in _queries)
        {
            while (await reader.ReadAsync(cancellationToken)) onRow(reader);
            await reader.NextResultAsync(cancellationToken);
        }
    }
}
