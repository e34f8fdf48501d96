using System.Text.Json;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>A folder with a save.</summary>
/// <param name="Manifest">Null if it cannot be read; then <paramref name="Fault"/> says why.</param>
/// <param name="Fault">What is wrong, as far as it shows without reading contents: the manifest, missing files, wrong sizes.</param>
public sealed record Save(string Folder, SaveManifest? Manifest, Problem? Fault)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new WordConverter(JsonNamingPolicy.KebabCaseLower) },
        // A file without a required property is no manifest. What a newer one has in addition, its format says.
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public string Id => Path.GetFileName(Folder);

    public bool IsWhole => Fault is null;

    /// <summary>Reads the manifest and checks names and sizes of the files, but not their contents.</summary>
    public static Save Read(string folder)
    {
        try
        {
            foreach (var (path, isFolder) in ((string, bool)[])[(folder, true), (Path.Combine(folder, SaveManifest.FileName), false)])
                if (Libc.Look(path) is { } state && Ownership.Fault(state, isFolder) is { } fault)
                    return new Save(folder, null, SaveProblem.NotOurs(path, fault));
            var manifest = Parse(RegularFile.ReadAllBytes(Path.Combine(folder, SaveManifest.FileName), follow: false));
            if (manifest.Format > SaveManifest.CurrentFormat)
                return new Save(folder, null, SaveProblem.NewerFormat(folder, manifest.Format));
            if (manifest.Id != Path.GetFileName(folder))
                return new Save(folder, null, SaveProblem.Unreadable(folder, $"its manifest belongs to {manifest.Id}."));
            var save = new Save(folder, manifest, null);
            return save with { Fault = SaveFiles.Look(save) is [var first, ..] ? first : null };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            var reason = e is FileNotFoundException ? "it has no manifest.json." : $"its manifest cannot be read: {e.Message}";
            return new Save(folder, null, SaveProblem.Unreadable(folder, reason));
        }
    }

    internal static byte[] Bytes(SaveManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Format);

    private static SaveManifest Parse(byte[] json)
    {
        // The format first: a newer manifest may lack what is required here.
        using var document = JsonDocument.Parse(json);
        if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("format", out var format)
            && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out var number) && number > SaveManifest.CurrentFormat)
            return new SaveManifest
            {
                Format = number,
                Id = "",
                Installation = "",
                RunId = default,
                StartedAt = default,
                FinishedAt = default,
                Host = "",
                BeforeUpgrade = false,
                Targets = [],
                Archives = [],
            };
        var manifest = JsonSerializer.Deserialize<SaveManifest>(json, Format);
        if (manifest is null || manifest.Targets.Contains(null!) || manifest.Archives.Contains(null!)
            || manifest.Archives.Any(archive => archive.Files.Contains(null!))) throw new JsonException("something in it is null.");
        return manifest;
    }
}
