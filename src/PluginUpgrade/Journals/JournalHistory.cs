using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginUpgrade.Journals;

/// <summary>Everything that a journal's row has said: each earlier try, then its current content.</summary>
public static class JournalHistory
{
    public static IReadOnlyList<JournalRow> Of(JournalRow row)
    {
        try
        {
            return row.Earlier is null ? [row] : [.. JsonNode.Parse(row.Earlier)!.AsArray().Select(said => Before(row, said!)), row];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or UnreachableException
            or NullReferenceException or ArgumentException)
        {
            // The column was changed by hand: show at least the current content.
            return [row];
        }
    }

    private static JournalRow Before(JournalRow row, JsonNode said) => row with
    {
        Version = UpgradeVersion.TryParse($"{said["version"]}", out var version) ? version : row.Version,
        Module = $"{said["module"]}",
        Sha256 = $"{said["sha256"]}",
        State = JournalText.State($"{said["state"]}"),
        ByHand = (bool?)said["by_hand"] ?? false,
        Counts = false,
        Note = $"{said["note"]}",
        Error = (string?)said["error"],
        RunId = Guid.TryParse($"{said["run_id"]}", out var run) ? run : null,
        Host = JournalText.WhoAndWhere($"{said["host"]}").Machine,
        By = JournalText.WhoAndWhere($"{said["host"]}").Person,
        StartedAt = (DateTimeOffset?)said["started_at"] ?? row.StartedAt,
        FinishedAt = (DateTimeOffset?)said["finished_at"],
        Earlier = null,
    };
}
