using System.Globalization;
using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.Verifying;

/// <summary>Checks whether a new schema may replace the live one, whatever the module verifies. Only reads.</summary>
internal static class BuildCheck
{
    /// <summary>Rows are counted, smallest tables first, as long as all counted tables are not larger together.</summary>
    private const long BytesToCount = 1L << 30;

    /// <param name="connection">Outside a transaction.</param>
    /// <param name="carried">The live tables that are moved into <paramref name="next"/> at the swap.</param>
    public static async Task<BuildFindings> ReadAsync(
        NpgsqlConnection connection, string live, string next, IReadOnlyList<string> carried, CancellationToken cancellationToken)
    {
        // The statements that are found are for sessions with any search path. Counting may wait for others' locks.
        await Sql.ExecuteAsync(
            connection, "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = 0", cancellationToken);
        try
        {
            return await ReadInTransactionAsync(connection, live, next, carried, cancellationToken);
        }
        finally
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
                await Sql.ExecuteAsync(connection, "ROLLBACK", CancellationToken.None);
        }
    }

    private static async Task<BuildFindings> ReadInTransactionAsync(
        NpgsqlConnection connection, string live, string next, IReadOnlyList<string> carried, CancellationToken cancellationToken)
    {
        object[] values = [live, next, Sql.Array(carried)];
        var server = connection.PostgreSqlVersion.Major;
        List<BuildRule> rules = [.. BuildRules.All(server)];
        var batch = new QueryBatch(connection);
        var found = batch.Add(BuildRules.Together(rules), row => (Rule: rules[row.GetInt32(0)], Text: row.GetString(1)), values);
        var copies = batch.Add(CopiedRights.Sql, row => row.GetString(0), values);
        var tables = batch.Add(TablesSql, row => (
            Table: row.GetString(0), Live: row.GetInt64(1), Next: row.GetInt64(2), Size: row.GetInt64(3), Count: row.GetString(4)), values);
        var lone = batch.Add(LoneSequences.Sql, row => row.GetString(0), values);
        // Names in definitions have no schema where the search path finds them: what is left of the new schema's name is text.
        batch.Add("SELECT pg_catalog.set_config('search_path', $1, true)", row => row.GetString(0), PostgresName.Quote(next));
        var written = batch.Add(BuildRules.Written(server).Sql, row => (Rule: BuildRules.Written(server), Text: row.GetString(0)), values);
        await batch.ReadAsync(cancellationToken);
        List<Problem> problems = [.. found.Concat(written).GroupBy(one => one.Rule, one => one.Text)
            .Select(one => one.Key.Of(live, [.. one])).OrderBy(problem => problem.Code, StringComparer.Ordinal)];
        var behind = await QuestionsAsync(connection, lone, row => row.GetString(0), cancellationToken);
        if (behind.Count > 0) problems.Add(LoneSequences.Of(live, behind));
        long size = 0;
        var small = tables.Where(table => (size += table.Size) <= BytesToCount).ToList();
        var counted = await QuestionsAsync(connection, [.. small.Select(table => table.Count)],
            row => new TableCount(row.GetString(0), row.GetInt64(1), row.GetInt64(2), Exact: true), cancellationToken);
        return new BuildFindings(problems,
        [
            .. counted.Concat(tables.Skip(small.Count).Select(table => new TableCount(table.Table, table.Live, table.Next, Exact: false)))
                .OrderBy(count => count.Table, StringComparer.Ordinal),
        ], copies);
    }

    private static async Task<List<T>> QuestionsAsync<T>(
        NpgsqlConnection connection, List<string> questions, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        if (questions.Count == 0) return [];
        var rows = new List<T>();
        await using var query = new NpgsqlCommand(string.Join("\nUNION ALL\n", questions), connection) { CommandTimeout = 0 };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) rows.Add(row(reader));
        return rows;
    }

    private static readonly string TablesSql = string.Create(CultureInfo.InvariantCulture, $"""
        WITH {BuildSql.Pairs},
        measured AS (
          SELECT p.*, l.reltuples::bigint AS live_rows, n.reltuples::bigint AS next_rows,
            (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(t.relid)), 0) FROM pg_catalog.pg_partition_tree(p.oid) t)
            + (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(t.relid)), 0) FROM pg_catalog.pg_partition_tree(p.twin) t)
            AS bytes
          FROM pair p JOIN pg_catalog.pg_class l ON l.oid = p.oid JOIN pg_catalog.pg_class n ON n.oid = p.twin
          WHERE p.relkind IN ('r', 'p') AND p.relname <> '{Journals.Journal.TableName}')
        SELECT relname::text, live_rows, next_rows, bytes::bigint, pg_catalog.format(
          'SELECT %L::text, (SELECT pg_catalog.count(*) FROM %I.%I), (SELECT pg_catalog.count(*) FROM %I.%I)',
          relname, $1, relname, $2, relname)
        FROM measured ORDER BY bytes, 1
        """);
}
