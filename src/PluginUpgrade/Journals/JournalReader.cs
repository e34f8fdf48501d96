using System.Text;
using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>Reads the journals of many schemas of one database in one round trip.</summary>
public static class JournalReader
{
    public const int SecondsToRead = 120;

    /// <summary>How many schemas are asked for in one statement.</summary>
    public const int BatchSize = 500;

    /// <summary>A row stands for the target's version unless it was run by hand, and never stood before that.</summary>
    public const string Stands = """
        NOT by_hand OR earlier @> '[{"by_hand": false, "state": "done"}]' OR earlier @> '[{"by_hand": false, "state": "baseline"}]'
        """;

    /// <summary>A journal's rows, oldest first, and the versions in it that are none.</summary>
    public sealed record Journalled(List<JournalRow> Rows, List<string> Unreadable);

    public static async Task<Dictionary<(string Schema, Scope Scope), Journalled>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        Dictionary<(string, Scope), Journalled> journals = [];
        await using var query = new NpgsqlCommand(Sql(schemas), connection) { CommandTimeout = SecondsToRead };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var scope = JournalText.ScopeOf(reader.GetString(1));
            var key = (schemas[reader.GetInt32(0)], scope);
            if (!journals.TryGetValue(key, out var journal)) journals[key] = journal = new Journalled([], []);
            if (UpgradeVersion.TryParse(reader.GetString(3), out var version)) journal.Rows.Add(Row(reader, scope, version));
            else journal.Unreadable.Add(reader.GetString(3));
        }
        return journals;
    }

    private static string Sql(IReadOnlyList<string> schemas)
    {
        var sql = new StringBuilder();
        for (var i = 0; i < schemas.Count; i++)
        {
            if (i > 0) sql.Append(" UNION ALL ");
            sql.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
                SELECT {i} AS i, scope, component, version, module, sha256, state, by_hand, {Stands},
                       note, error, run_id, host, started_at, finished_at, nullif(earlier, '[]')::text
                FROM {Journal.Table(schemas[i])}
                """);
        }
        return sql.Append(" ORDER BY i, started_at, version").ToString();
    }

    private static JournalRow Row(NpgsqlDataReader reader, Scope scope, UpgradeVersion version) => new()
    {
        Scope = scope,
        Component = HostComponents.Current(reader.GetString(2)),
        Version = version,
        Module = reader.GetString(4),
        Sha256 = reader.GetString(5),
        State = JournalText.State(reader.GetString(6)),
        ByHand = reader.GetBoolean(7),
        Stands = reader.GetBoolean(8),
        Note = reader.GetString(9),
        Error = reader.IsDBNull(10) ? null : reader.GetString(10),
        RunId = reader.IsDBNull(11) ? null : reader.GetGuid(11),
        Host = reader.GetString(12),
        StartedAt = new DateTimeOffset(reader.GetDateTime(13)),
        FinishedAt = reader.IsDBNull(14) ? null : new DateTimeOffset(reader.GetDateTime(14)),
        Earlier = reader.IsDBNull(15) ? null : reader.GetString(15),
    };
}
