using System.Text.Json.Nodes;

namespace PluginUpgrade.Journals;

/// <summary>A row of the journal as all that it has said: each failed try, then what came of it.</summary>
public static class JournalHistory
{
    public static IEnumerable<JournalRow> Of(JournalRow row) =>
        row.Earlier is null ? [row] : JsonNode.Parse(row.Earlier)!.AsArray().Select(said => Before(row, said!)).Append(row);

    private static JournalRow Before(JournalRow row, JsonNode said) => row with
    {
        Version = UpgradeVersion.TryParse($"{said["version"]}", out var version) ? version : row.Version,
        Module = $"{said["module"]}",
        Sha256 = $"{said["sha256"]}",
        State = JournalText.State($"{said["state"]}"),
        ByHand = (bool?)said["by_hand"] ?? false,
        Stands = false,
        Note = $"{said["note"]}",
        Error = (string?)said["error"],
        RunId = Guid.TryParse($"{said["run_id"]}", out var run) ? run : null,
        Host = $"{said["host"]}",
        StartedAt = (DateTimeOffset?)said["started_at"] ?? row.StartedAt,
        FinishedAt = (DateTimeOffset?)said["finished_at"],
        Earlier = null,
    };
}
