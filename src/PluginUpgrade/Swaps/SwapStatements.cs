using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps;

/// <summary>
/// The statements of an exchange besides the two renames, in their order: what belongs to names and not to objects follows the name. The
/// server quotes all names.
/// </summary>
internal static class SwapStatements
{
    /// <summary>
    /// For the swap: capture triggers are dropped; sequences of <paramref name="next"/> go on where those of the same name in
    /// <paramref name="live"/> are; carried tables, relocatable extensions and publications move to <paramref name="next"/>.
    /// </summary>
    public static Task<IReadOnlyList<string>> ReadAsync(
        NpgsqlConnection connection, string live, string next, IReadOnlyList<string> carried, CancellationToken cancellationToken) =>
        ReadAsync(connection, live, next, carried, isSwap: true, cancellationToken);

    /// <summary>For the way back: the same from <paramref name="live"/> to <paramref name="before"/>, which was kept.</summary>
    /// <param name="carried">Tables that are not there any more are left out.</param>
    public static Task<IReadOnlyList<string>> ReadBackAsync(
        NpgsqlConnection connection, string live, string before, IReadOnlyList<string> carried, CancellationToken cancellationToken) =>
        ReadAsync(connection, live, before, carried, isSwap: false, cancellationToken);

    private static async Task<IReadOnlyList<string>> ReadAsync(
        NpgsqlConnection connection, string from, string to, IReadOnlyList<string> carried, bool isSwap,
        CancellationToken cancellationToken)
    {
        var knowsParts = connection.PostgreSqlVersion.Major >= 15;
        string[] parts =
        [
            .. isSwap ? [SwapStatementsSql.Captures] : Array.Empty<string>(), SwapStatementsSql.Moves,
            SwapStatementsSql.PublishedTables(knowsParts), .. knowsParts ? [SwapStatementsSql.PublishedSchemas] : Array.Empty<string>(),
        ];
        await using var query = new NpgsqlCommand($"""
            WITH {SwapStatementsSql.Places}
            SELECT x.statement FROM ({string.Join("\nUNION ALL\n", parts)}) AS x(turn, statement) ORDER BY x.turn, x.statement
            """, connection)
        {
            Parameters = { new() { Value = from }, new() { Value = to }, new() { Value = Sql.Array(carried) } },
            CommandTimeout = Sql.LimitOf(connection),
        };
        List<string> statements = [];
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) statements.Add(reader.GetString(0));
        return statements;
    }
}
