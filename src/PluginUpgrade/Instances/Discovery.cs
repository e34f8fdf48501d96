using System.Text.Json;
using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Instances;

/// <summary>Reads instances from the installation's database, by the settings' query, in a transaction that cannot write.</summary>
public static class Discovery
{
    private static readonly string[] Known = ["name", "schema", "database", "labels"];

    public static async Task<(IReadOnlyList<InstanceSettings> Found, IReadOnlyList<Problem> Problems)> ReadAsync(
        Target installation, string query, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(installation.Database, settings, WaitFor.Room, cancellationToken);
            await using var begin = new NpgsqlCommand(
                $"BEGIN READ ONLY; SET LOCAL search_path = {PostgresName.Quote(installation.Schema)}", connection);
            await begin.ExecuteNonQueryAsync(cancellationToken);
            await using var command = new NpgsqlCommand(query, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await ReadAsync(reader, cancellationToken);
        }
        catch (PostgresException e)
        {
            return ([], [InstanceProblem.QueryFailed(SqlErrors.Describe(e))]);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            return ([], [InstanceProblem.QueryFailed(SqlErrors.Describe(e))]);
        }
        // Values that no type here holds: dates before Christ, numbers of a hundred digits.
        catch (Exception e) when (e is InvalidCastException or NotSupportedException or OverflowException or FormatException
            or ArgumentException)
        {
            return ([], [InstanceProblem.QueryShape("a column is of a type that is neither text nor JSON.")]);
        }
    }

    private static async Task<(IReadOnlyList<InstanceSettings>, IReadOnlyList<Problem>)> ReadAsync(
        NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var twice = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) return ([], [InstanceProblem.QueryShape($"it has the column '{twice.Key}' twice.")]);
        var columns = Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => i, StringComparer.OrdinalIgnoreCase);
        if (!columns.ContainsKey("name")) return ([], [InstanceProblem.QueryShape("it has no column 'name'.")]);
        if (columns.Keys.FirstOrDefault(column => !Known.Contains(column, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            return ([], [InstanceProblem.QueryShape($"the column '{unknown}' means nothing.")]);

        List<InstanceSettings> found = [];
        List<Problem> problems = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var (name, schema) = (Text("name") ?? "", Text("schema"));
            if (InstanceName.Fault(name) is { } fault) problems.Add(InstanceProblem.BadName(name, fault));
            if (schema is not null && SchemaName.Fault(schema, ofTarget: true) is { } schemaFault)
                problems.Add(InstanceProblem.BadSchema(name, schemaFault));
            if (Labels(Text("labels")) is { } labels) found.Add(new InstanceSettings(name, Text("database"), schema, labels));
            else problems.Add(InstanceProblem.QueryShape($"the labels of {name} are no JSON object of texts."));
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
            var labels = JsonSerializer.Deserialize<Dictionary<string, string>>(json);
            return new Dictionary<string, string>(labels ?? [], StringComparer.OrdinalIgnoreCase);
        }
        // Of two keys that differ in case alone, neither counts.
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
