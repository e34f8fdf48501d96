using System.Text.Json;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// The files that a <c>.deps.json</c> places beside the module: files for this platform, and files that are in a subfolder. A path in the
/// manifest counts only where the module's folder has that file.
/// </summary>
internal static class DependencyManifest
{
    /// <param name="found">The files of the module's folder, by their path relative to it.</param>
    /// <returns>File name → path relative to the folder.</returns>
    /// <exception cref="IOException">The manifest cannot be read.</exception>
    public static Dictionary<string, string> Placed(string path, IReadOnlyDictionary<string, string> found)
    {
        var placed = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(OrdinaryFile.ReadAll(path));
            foreach (var library in Libraries(document.RootElement))
            {
                foreach (var kind in (string[])["runtime", "native"])
                    foreach (var asset in Members(library, kind)) Place(LocalPath(asset));
                foreach (var asset in OfThisPlatform(library)) Place(asset, evenIfThere: true);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new IOException($"{path} is not valid: {e.Message}", e);
        }
        return placed;

        void Place(string asset, bool evenIfThere = false)
        {
            var name = asset[(asset.LastIndexOf('/') + 1)..];
            if (found.ContainsKey(asset) && (evenIfThere || !found.ContainsKey(name))) placed[name] = asset;
        }
    }

    private static IEnumerable<JsonElement> Libraries(JsonElement root)
    {
        if (!root.TryGetProperty("runtimeTarget", out var runtime) || !root.TryGetProperty("targets", out var targets)) return [];
        var name = runtime.ValueKind == JsonValueKind.Object ? runtime.GetProperty("name").GetString() : runtime.GetString();
        return name is not null && targets.TryGetProperty(name, out var target)
            ? target.EnumerateObject().Select(library => library.Value) : [];
    }

    /// <summary>For each kind of asset: the files of the best matching platform, chosen as .NET chooses.</summary>
    private static IEnumerable<string> OfThisPlatform(JsonElement library) => Members(library, "runtimeTargets")
        .Select(asset => (Path: LocalPath(asset), Kind: Text(asset.Value, "assetType"), Rid: Text(asset.Value, "rid")))
        .Select(asset => (asset.Path, asset.Kind, Rank: ThisPlatform.RankOf(asset.Rid)))
        .Where(asset => asset.Rank is not null)
        .GroupBy(asset => asset.Kind, StringComparer.Ordinal)
        .SelectMany(kind => kind.Where(asset => asset.Rank == kind.Min(other => other.Rank)))
        .Select(asset => asset.Path);

    private static IEnumerable<JsonProperty> Members(JsonElement library, string name) =>
        library.TryGetProperty(name, out var members) ? members.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    private static string LocalPath(JsonProperty asset) => Text(asset.Value, "localPath") is { Length: > 0 } local ? local : asset.Name;

    private static string Text(JsonElement asset, string name) => asset.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";
}
