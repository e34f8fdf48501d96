namespace PluginUpgrade.Schemas.Changes;

/// <summary>The text by which versions are compared. Released: its form never changes.</summary>
internal static class CanonicalLine
{
    public static string Of(string kind, params IEnumerable<string?> parts) => string.Join(' ', parts.Select(Part).Prepend(kind));

    private static string Part(string? text) => text is null ? "-" :
        $"\"{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}\"";
}
