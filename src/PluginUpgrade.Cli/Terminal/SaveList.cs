using System.Globalization;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>The list of saves, for people.</summary>
public static class SaveList
{
    private static readonly Column[] Columns =
    [
        new("SAVE"), new("WHEN (UTC)", Drop: 3), new("WHY", Drop: 2), new("TARGETS", Wraps: true), new("VERSIONS"), new("SIZE", Drop: 1),
        new("STATE", Wraps: true),
    ];

    public static void Print(Output output, IReadOnlyList<Save> saves, string directory, string installation, bool verified)
    {
        if (saves.Count == 0)
        {
            output.WriteResult($"No saves in {directory}. To take one: {NextCommand.Of("save")}");
            return;
        }
        output.Table(Columns, saves.Select(save => (string[])
        [
            save.Id, When(save), Why(save), save.Manifest is { } manifest ? Targets(manifest) : "-", Versions(save),
            save.Manifest is { Bytes: var bytes } ? Quantity.Size(bytes) : "-", State(save, installation, verified),
        ]));
    }

    /// <summary>One save in one line.</summary>
    public static string Line(Save save) =>
        $"{save.Id}, {Why(save)}: {Targets(save.Manifest!)}{(Versions(save) is not "-" and var at ? $" at {at}" : "")}, " +
        Quantity.Size(save.Manifest!.Bytes);

    private static string When(Save save) => save.Manifest is { StartedAt: var at }
        ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "-";

    private static string Why(Save save) => save.Manifest switch
    {
        null => "-",
        { BeforeUpgrade: true } => "before an upgrade",
        _ => "by hand",
    };

    private static string Targets(SaveManifest manifest) => Words.Names([.. manifest.Targets.Select(target => $"{target}")]);

    /// <summary>The product's version, or its oldest and newest versions.</summary>
    private static string Versions(Save save)
    {
        List<UpgradeVersion> versions = [];
        foreach (var target in save.Manifest?.Targets ?? [])
            if (target.Versions.TryGetValue("", out var text) && UpgradeVersion.TryParse(text, out var version)) versions.Add(version);
        if (versions.Count == 0) return "-";
        var (oldest, newest) = (versions.Min(), versions.Max());
        return oldest == newest ? $"{newest}" : $"{oldest}..{newest}";
    }

    private static string State(Save save, string installation, bool verified)
    {
        if (!save.IsWhole) return "damaged";
        var state = verified ? "complete, verified" : "complete";
        return save.Manifest!.Installation == installation ? state : $"{state}; from installation {save.Manifest.Installation}";
    }
}
