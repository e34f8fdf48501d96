using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace PluginUpgrade.Harness;

/// <summary>A payload, written as the makers of a release do. Without changes its manifest says the version alone.</summary>
public sealed record PayloadSource(string Version, params (string Path, string Content)[] Files)
{
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>Whether the manifest names the files, with their hashes.</summary>
    public bool IsListed { get; init; }

    /// <summary>Of files that are not 644.</summary>
    public IReadOnlyDictionary<string, int> Modes { get; init; } = new Dictionary<string, int>();

    /// <summary>In the place of what was there.</summary>
    public void WriteTo(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        foreach (var (path, content) in Files)
        {
            var file = Path.Join(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
            File.SetUnixFileMode(file, (UnixFileMode)Modes.GetValueOrDefault(path, 0b110_100_100));
        }
        File.WriteAllText(Path.Join(folder, "payload.json"), Manifest().ToJsonString());
    }

    public JsonObject Manifest()
    {
        JsonObject manifest = new()
        {
            ["Version"] = Version,
            ["Remove"] = new JsonArray([.. Remove.Select(path => (JsonNode)path)]),
        };
        if (IsListed)
            manifest["Files"] = new JsonArray([.. Files.Select(file => (JsonNode)new JsonObject
            {
                ["Path"] = file.Path,
                ["Sha256"] = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(file.Content))),
            })]);
        return manifest;
    }
}
