using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginUpgrade.Databases;

public enum KeptKind
{
    /// <summary>It was live, and was replaced: <c>rollback</c> puts it back.</summary>
    Before,

    /// <summary>A build that failed, or an upgrade that was rolled back: kept for study.</summary>
    Failed,
}

/// <summary>
/// What krang-upgrade writes into the comment of a schema or database that it keeps: the first line, before the comment that it had.
/// </summary>
/// <param name="Version">The version of what is kept.</param>
/// <param name="Other">The version that replaced it; or, for a failed one, the version that is live.</param>
/// <param name="At">When it was kept, by the server's clock.</param>
public sealed record KeptNote(KeptKind Kind, string Version, string Other, DateTimeOffset At)
{
    internal const string Mark = "krang-upgrade keeps this: ";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new WordConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly JsonSerializerOptions Ascii = new(Json) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Default };

    /// <summary>The component of the versions; empty: the product.</summary>
    public string Component { get; init; } = "";

    /// <summary>Why it failed, or who rolled it back.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The oid of what replaced it at the exchange. Only this can be rolled back.</summary>
    public long Live { get; init; }

    /// <summary>How many rows the statistics had counted as written in the live tables right after the exchange.</summary>
    public long? Written { get; init; }

    /// <summary>The tables that were moved into the live schema.</summary>
    public IReadOnlyList<string> Carried { get; init; } = [];

    /// <summary>The hash of the carried tables' definitions at the exchange; empty without such tables.</summary>
    public string Shape { get; init; } = "";

    /// <summary>The whole comment.</summary>
    /// <param name="comment">The comment that it had; null: none.</param>
    public string Above(string? comment) => $"{Mark}{JsonSerializer.Serialize(this, Json)}{(comment is null ? "" : $"\n{comment}")}";

    /// <summary>As a database's comment, which may be read from databases with other encodings.</summary>
    internal string InAscii() => $"{Mark}{JsonSerializer.Serialize(this, Ascii)}";

    /// <returns>Null where krang-upgrade did not write the comment; and the comment that was there before.</returns>
    public static (KeptNote? Note, string? Former) Read(string? comment)
    {
        if (comment is null || !comment.StartsWith(Mark, StringComparison.Ordinal)) return (null, comment);
        var end = comment.IndexOf('\n', StringComparison.Ordinal);
        var first = end < 0 ? comment[Mark.Length..] : comment[Mark.Length..end];
        try
        {
            return (JsonSerializer.Deserialize<KeptNote>(first, Json), end < 0 ? null : comment[(end + 1)..]);
        }
        catch (JsonException)
        {
            return (null, comment);
        }
    }
}
