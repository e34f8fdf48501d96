using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>The newest save as a program would have written it that knew no inventories.</summary>
internal static class OlderSave
{
    public static void Make(TestInstallation installation)
    {
        var folder = RestoresThatAreRefused.Folder(installation);
        foreach (var inventory in Directory.GetFiles(folder, "*.inventory")) File.Delete(inventory);
        var file = Path.Combine(folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(file))!;
        foreach (var archive in manifest["archives"]!.AsArray())
        {
            archive!.AsObject().Remove("inventory");
            var files = archive["files"]!.AsArray();
            foreach (var one in files.Where(one => $"{one!["path"]}".EndsWith(".inventory", StringComparison.Ordinal)).ToList())
                files.Remove(one);
        }
        File.WriteAllText(file, manifest.ToJsonString());
    }
}
