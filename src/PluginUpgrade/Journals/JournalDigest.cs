using System.Text;
using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>A digest that differs after any change of the journals: taken before long work and compared at its end.</summary>
internal static class JournalDigest
{
    /// <param name="schemas">Which of them have a journal is part of the digest.</param>
    public static async Task<string> OfAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        List<string> tables = [];
        await using (var query = new NpgsqlCommand("""
            SELECT t.name FROM pg_catalog.unnest($1::text[]) AS t(name) WHERE pg_catalog.to_regclass(t.name) IS NOT NULL ORDER BY 1
            """, connection)
        {
            Parameters = { new() { Value = Postgres.Sql.Array(schemas.Select(Journal.Table).Distinct()) } },
        })
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) tables.Add(reader.GetString(0));
        var digests = new StringBuilder();
        foreach (var batch in tables.Chunk(JournalReader.BatchSize))
        {
            await using var query = new NpgsqlCommand(Sql(batch), connection) { CommandTimeout = JournalReader.SecondsToRead };
            digests.Append(await query.ExecuteScalarAsync(cancellationToken)).Append('\n');
        }
        return digests.Append(string.Join('\n', tables)).ToString();
    }

    private static string Sql(IEnumerable<string> tables) =>
        "SELECT pg_catalog.md5(pg_catalog.string_agg(x.row, '' ORDER BY x.i, x.row)) FROM (" + string.Join(
            " UNION ALL ", tables.Select((table, i) => string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"SELECT {i} AS i, t::text AS row FROM {table} AS t"))) + ") AS x";
}
