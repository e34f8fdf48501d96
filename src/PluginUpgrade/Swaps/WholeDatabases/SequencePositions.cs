using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// Sequences of one database go on where those of the same name are in another: in their own direction, which may be downwards. One that
/// starts again at its end has no direction: it takes the position in any case.
/// </summary>
internal static class SequencePositions
{
    private sealed record Position(string Name, long Last, bool IsCalled, long Step, bool Cycles);

    public static async Task CopyAsync(NpgsqlConnection from, NpgsqlConnection to, CancellationToken cancellationToken)
    {
        var own = (await ReadAsync(to, cancellationToken)).ToDictionary(one => one.Name);
        var statements = (await ReadAsync(from, cancellationToken))
            .Where(one => own.TryGetValue(one.Name, out var twin) && IsAhead(one, twin))
            .Select(one => FormattableString.Invariant(
                $"SELECT pg_catalog.setval({Sql.Literal(one.Name)}, {one.Last}, {(one.IsCalled ? "true" : "false")})")).ToList();
        if (statements.Count > 0) await Sql.ExecuteAsync(to, string.Join("; ", statements), cancellationToken);
    }

    private static bool IsAhead(Position one, Position twin) => Math.Sign(one.Step) == Math.Sign(twin.Step)
        && (one.Cycles && twin.Cycles || (one.Step > 0 ? one.Last > twin.Last : one.Last < twin.Last)
            || one.Last == twin.Last && one.IsCalled && !twin.IsCalled);

    private static async Task<List<Position>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var queries = await TextsAsync(connection, $"""
            SELECT pg_catalog.format('SELECT %L::text, last_value, is_called, %s::bigint, %L::boolean FROM %I.%I',
              pg_catalog.format('%I.%I', n.nspname, c.relname), s.seqincrement, s.seqcycle, n.nspname, c.relname)
            FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relpersistence <> 't' AND n.nspname <> '{DatabaseCapture.Schema}'
            """, row => row.GetString(0), cancellationToken);
        return queries.Count == 0 ? [] : await TextsAsync(connection, string.Join("\nUNION ALL\n", queries), row => new Position(
            row.GetString(0), row.GetInt64(1), row.GetBoolean(2), row.GetInt64(3), row.GetBoolean(4)), cancellationToken);
    }

    private static async Task<List<T>> TextsAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection) { CommandTimeout = Sql.LimitOf(connection) };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken)) rows.Add(read(reader));
        return rows;
    }
}
