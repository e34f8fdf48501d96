using System.Text.Json;
using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Instances;

/// <summary>
/// Reads instances from the installation's database by the query of the settings: one statement in a read-only transaction, with limits on
/// time and rows.
/// </summary>
public static class Discovery
{
    private const int Seconds = 60;
    private const int MostRows = 100_000;
    private static readonly string[] Known = ["name", "schema", "database", "labels"];

    /// <param name="allowServers">Servers that rows may name, apart from the installation's.</param>
    public static async Task<(IReadOnlyList<InstanceSettings> Found, IReadOnlyList<Problem> Problems)> ReadAsync(
        Target installation, string query, IReadOnlyList<string> allowServers, ConnectionSettings settings,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(installation.Database, settings, WaitFor.Room, cancellationToken);
            await Sql.ExecuteAsync(connection, $"""
                BEGIN READ ONLY; SET LOCAL statement_timeout = '{Seconds}s';
                SET LOCAL search_path = {PostgresName.Quote(installation.Schema)}, pg_temp
                """, cancellationToken);
            // The unused parameter makes Npgsql send the text unchanged, so the server itself refuses a second statement in it.
            await using var command = new NpgsqlCommand(query, connection)
            {
                Parameters = { new() { Value = 0 } },
                CommandTimeout = Seconds + Sql.Seconds(settings.AnswerTimeout),
            };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var (found, problems) = await ReadAsync(reader, cancellationToken);
            List<Problem> strange = [.. found.Select(one => DiscoveredAddress.Find(installation, one, allowServers)).OfType<Problem>()];
            // A row that names another server is left out, so nothing connects to it.
            return strange.Count == 0 ? (found, problems) :
            (
                [.. found.Where(one => DiscoveredAddress.Find(installation, one, allowServers) is null)],
                [.. problems, .. Problem.Together(strange)]
            );
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            return ([], [InstanceProblem.QueryFailed(SqlErrors.Describe(e)) with { Details = FailureDetail.Of(e) }]);
        }
        // Values that no .NET type here can hold: dates before Christ, numbers of a hundred digits.
        catch (Exception e) when (e is InvalidCastException or NotSupportedException or OverflowException or FormatException
            or ArgumentException)
        {
            return ([], [InstanceProblem.QueryShape("a column's type is neither text nor JSON.")]);
        }
    }

    private static async Task<(IReadOnlyList<InstanceSettings>, IReadOnlyList<Problem>)> ReadAsync(
        NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var twice = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(same => same.Count() > 1);
        if (twice is not null) return ([], [InstanceProblem.QueryShape($"the column '{twice.Key}' appears twice.")]);
        var columns = Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => i, StringComparer.OrdinalIgnoreCase);
        if (!columns.ContainsKey("name")) return ([], [InstanceProblem.QueryShape("there is no column 'name'.")]);
        if (columns.Keys.FirstOrDefault(column => !Known.Contains(column, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            return ([], [InstanceProblem.QueryShape($"the column '{unknown}' is not known.")]);

        List<InstanceSettings> found = [];
        List<Problem> problems = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            if (found.Count == MostRows)
                return ([], [InstanceProblem.QueryShape(FormattableString.Invariant($"there are more than {MostRows} rows."))]);
            var (name, schema) = (Text("name") ?? "", Text("schema"));
            if (InstanceName.Fault(name) is { } fault) problems.Add(InstanceProblem.BadName(name, fault));
            if (schema is not null && SchemaName.Fault(schema, ofTarget: true) is { } schemaFault)
                problems.Add(InstanceProblem.BadSchema(name, schemaFault));
            if (Labels(Text("labels")) is { } labels) found.Add(new InstanceSettings(name, Text("database"), schema, labels));
            else problems.Add(InstanceProblem.QueryShape($"the labels of {name} are not a JSON object of texts."));
        }
        return (found, problems);

        string? Text(string column) =>
            columns.TryGetValue(column, out var i) && !reader.IsDBNull(i) ? Convert.ToString(reader.GetValue(i), null) : null;
    }

    private static IReadOnlyDictionary<string, string>? Labels(string? json)
    {
        if (json is null) return InstanceSettings.NoLabels;
        try
        {
            var labels = JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
            // A null in JSON ends up in a dictionary of texts that are never null.
            return labels.ContainsValue(null!) ? null : new Dictionary<string, string>(labels, StringComparer.OrdinalIgnoreCase);
        }
        // Two keys that differ only in case.
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
