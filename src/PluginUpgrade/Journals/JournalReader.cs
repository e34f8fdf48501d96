using System.Text;
using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>Reads the journals of many schemas of one database in one round trip.</summary>
public static class JournalReader
{
    public const int SecondsToRead = 120;

    /// <summary>The number of schemas in one statement.</summary>
    public const int BatchSize = 500;

    /// <summary>A row counts for the target's version unless its step was run by hand; if it counted before that, it still does.</summary>
    public const string Counts = """
        NOT by_hand OR earlier @> '[{"by_hand": false, "state": "done"}]' OR earlier @> '[{"by_hand": false, "state": "baseline"}]'
        """;

    /// <summary>
    /// A journal's rows, oldest first; values of <c>version</c> that are not versions; and other rows that are not valid.
    /// </summary>
    public sealed record Journalled(List<JournalRow> Rows, List<string> Unreadable, List<string> BadRows);

    public static async Task<Dictionary<(string Schema, Scope Scope), Journalled>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        Dictionary<(string, Scope), Journalled> journals = [];
        await using var query = new NpgsqlCommand(Sql(schemas), connection) { CommandTimeout = SecondsToRead };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var scope = JournalText.ScopeOf(Text(reader, 1));
            var key = (schemas[reader.GetInt32(0)], scope ?? Scope.Installation);
            if (!journals.TryGetValue(key, out var journal)) journals[key] = journal = new Journalled([], [], []);
            if (scope is null) journal.BadRows.Add($"a row has the scope '{Text(reader, 1)}', which is neither installation nor instance");
            else if (UpgradeVersion.TryParse(Text(reader, 3), out var version)) Add(journal, reader, scope.Value, version);
            else journal.Unreadable.Add(Text(reader, 3));
        }
        return journals;
    }

    /// <summary>
    /// Invalid rows are possible if somebody changed the table's constraints. They are reported, and must not fail the reading of other
    /// targets.
    /// </summary>
    private static void Add(Journalled journal, NpgsqlDataReader reader, Scope scope, UpgradeVersion version)
    {
        var missing = Enumerable.Range(2, 12).FirstOrDefault(i => i is not (10 or 11) && reader.IsDBNull(i));
        var fault = missing > 0 ? $"has no valid {reader.GetName(missing)}"
            : JournalText.StateOf(reader.GetString(6)) is null ? $"has the state '{reader.GetString(6)}'"
            : reader.GetBoolean(16) ? "has no valid finished_at" : null;
        if (fault is null) journal.Rows.Add(Row(reader, scope, version));
        else journal.BadRows.Add($"the row of {version} {fault}");
    }

    private static string Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? "" : reader.GetString(column);

    private static string Sql(IReadOnlyList<string> schemas)
    {
        var sql = new StringBuilder();
        for (var i = 0; i < schemas.Count; i++)
        {
            if (i > 0) sql.Append(" UNION ALL ");
            sql.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
                SELECT {i} AS i, scope, component, version, module, sha256, state, by_hand, ({Counts}) AS stands,
                       note, error, run_id, host, CASE WHEN {IsTime("started_at")} THEN started_at END AS started_at,
                       CASE WHEN {IsTime("finished_at")} THEN finished_at END, nullif(earlier, '[]')::text,
                       coalesce(NOT ({IsTime("finished_at")}), false)
                FROM {Journal.Table(schemas[i])}
                """);
        }
        return sql.Append(" ORDER BY i, started_at, version").ToString();
    }

    /// <summary>Infinity is not a time here, and neither is a year that .NET cannot represent.</summary>
    public static string IsTime(string column) => $"{column} BETWEEN '0001-01-02 00:00Z' AND '9999-12-30 00:00Z'";

    private static JournalRow Row(NpgsqlDataReader reader, Scope scope, UpgradeVersion version) => new()
    {
        Scope = scope,
        Component = HostComponents.Current(reader.GetString(2)),
        Version = version,
        Module = reader.GetString(4),
        Sha256 = reader.GetString(5),
        State = JournalText.State(reader.GetString(6)),
        ByHand = reader.GetBoolean(7),
        Counts = reader.GetBoolean(8),
        Note = reader.GetString(9),
        Error = reader.IsDBNull(10) ? null : reader.GetString(10),
        RunId = reader.IsDBNull(11) ? null : reader.GetGuid(11),
        Host = JournalText.WhoAndWhere(reader.GetString(12)).Machine,
        By = JournalText.WhoAndWhere(reader.GetString(12)).Person,
        StartedAt = new DateTimeOffset(reader.GetDateTime(13)),
        FinishedAt = reader.IsDBNull(14) ? null : new DateTimeOffset(reader.GetDateTime(14)),
        Earlier = reader.IsDBNull(15) ? null : reader.GetString(15),
    };
}
