using Npgsql;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>Sends statements as they were written, split as PostgreSQL itself would.</summary>
internal static class Statements
{
    private const int StatementsOfABatch = 100, CharactersOfABatch = 1 << 18;

    /// <summary>
    /// To be sent as it is. Npgsql looks for semicolons in a text without parameters, and does not know all that PostgreSQL does: with a
    /// parameter, which nobody uses, it leaves the text alone. The server takes one statement only.
    /// </summary>
    public static NpgsqlBatchCommand Command(string statement)
    {
        var command = new NpgsqlBatchCommand(statement);
        if (statement.Contains(';')) command.Parameters.Add(new NpgsqlParameter { Value = 0 });
        return command;
    }

    /// <param name="inTransaction">
    /// Then many of them go in one round trip. Outside, each by itself: what goes together would be one transaction.
    /// </param>
    /// <returns>How many rows were inserted, updated or deleted; -1 where the statements were of other kinds.</returns>
    /// <exception cref="PostgresException">The server refused a statement; those after it were not sent.</exception>
    public static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, bool inTransaction, CancellationToken cancellationToken)
    {
        var reader = new StatementReader(sql);
        List<string> batch = [];
        var (rows, size) = (-1, 0);
        while (reader.Peek(HasStandardStrings(connection)) is { } statement)
        {
            var isFull = !inTransaction || batch.Count >= StatementsOfABatch || size >= CharactersOfABatch;
            // What is to be sent first may change how this one is to be read.
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
