using Npgsql;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>Sends statements as they were written, split as PostgreSQL would split them.</summary>
internal static class Statements
{
    private const int StatementsOfABatch = 100, CharactersOfABatch = 1 << 18;

    /// <summary>
    /// A command that is sent unchanged. Npgsql splits a text without parameters at semicolons, and does not know all of PostgreSQL's
    /// syntax. With a parameter, which the statement does not use, Npgsql leaves the text alone. The server accepts only one statement in
    /// it.
    /// </summary>
    public static NpgsqlBatchCommand Command(string statement)
    {
        var command = new NpgsqlBatchCommand(statement);
        if (statement.Contains(';')) command.Parameters.Add(new NpgsqlParameter { Value = 0 });
        return command;
    }

    /// <param name="inTransaction">
    /// True: many statements go in one round trip. False: each is sent alone, because statements sent together are one transaction.
    /// </param>
    /// <returns>The number of rows inserted, updated or deleted; -1 if no statement was of these kinds.</returns>
    /// <exception cref="PostgresException">The server refused a statement; those after it were not executed.</exception>
    public static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, bool inTransaction, CancellationToken cancellationToken)
    {
        var reader = new StatementReader(sql);
        List<string> batch = [];
        var (rows, size) = (-1, 0);
        while (reader.Peek(HasStandardStrings(connection)) is { } statement)
        {
            var isFull = !inTransaction || batch.Count >= StatementsOfABatch || size >= CharactersOfABatch;
            // The statements that are sent first may change how this one must be read.
            if (batch.Count > 0 && (isFull || statement.DependsOnStrings))
            {
                await SendAsync();
                continue;
            }
            reader.Take(statement);
            batch.Add(statement.Text);
            size += statement.Text.Length;
        }
        if (batch.Count > 0) await SendAsync();
        return rows;

        async Task SendAsync()
        {
            await using var commands = new NpgsqlBatch(connection);
            foreach (var statement in batch) commands.BatchCommands.Add(Command(statement));
            batch.Clear();
            size = 0;
            if (await commands.ExecuteNonQueryAsync(cancellationToken) is >= 0 and var changed) rows = Math.Max(rows, 0) + changed;
        }
    }

    private static bool HasStandardStrings(NpgsqlConnection connection) =>
        connection.PostgresParameters.GetValueOrDefault("standard_conforming_strings") != "off";
}
