using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

/// <summary>The file <c>payload.json</c> of a payload folder, as it is written there, not checked yet.</summary>
internal sealed record PayloadManifest
{
    public const string FileName = "payload.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public string? Version { get; init; }

    /// <summary>Null: every file in the folder.</summary>
    public IReadOnlyList<ListedFile?>? Files { get; init; }

    public IReadOnlyList<string?>? Remove { get; init; }

    /// <summary>The manifest, or the problem of reading it.</summary>
    public static (PayloadManifest? Manifest, Problem? Problem) Read(string folder)
    {
        var file = Path.Join(folder, FileName);
        try
        {
            if (Libc.Look(file) is { Kind: not FileKind.File }) return (null, PayloadProblem.NoManifest(file));
            using var content = RegularFile.Open(file, follow: false);
            var manifest = JsonSerializer.Deserialize<PayloadManifest>(content, Json);
            return manifest is null ? (null, PayloadProblem.BadManifest(file, "it is 'null'")) : (manifest, null);
        }
        catch (FileNotFoundException)
        {
            return (null, PayloadProblem.NoManifest(file));
        }
        catch (JsonException e)
        {
            // The library's own message names .NET classes.
            return (null, PayloadProblem.BadManifest(file, $"line {e.LineNumber + 1}, at {e.Path ?? "$"}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, PayloadProblem.Unreadable(file, e.Message));
        }
    }
}

internal sealed record ListedFile
{
    public string? Path { get; init; }

    public string? Sha256 { get; init; }

    /// <summary>Octal: <c>755</c>.</summary>
    public string? Mode { get; init; }
}
