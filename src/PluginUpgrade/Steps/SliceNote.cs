using System.Text.RegularExpressions;

namespace PluginUpgrade.Steps;

/// <summary>
/// What the note of a journal's row says of the declared changes of its version: their hash; while changes are left, of those that are
/// committed.
/// </summary>
public static partial class SliceNote
{
    /// <summary>How the note begins while changes are left.</summary>
    public const string ExpandedWords = "schema expanded ";

    /// <param name="other">The rest of the note; may be empty.</param>
    public static string Of(SchemaSlice slice, bool isExpanded, string other)
    {
        var own = isExpanded ? $"{ExpandedWords}{slice.ExpandSha256}" : $"schema {slice.Sha256}";
        return other.Length == 0 ? own : $"{own}; {other}";
    }

    /// <summary>The hash of all declared changes that a done row stands for; null: none.</summary>
    public static string? Hash(string note) => Whole().Match(note) is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>The hash of the changes that were committed before an interruption; null: none.</summary>
    public static string? Expanded(string note) => Begun().Match(note) is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>The note for people: a part of a hash is enough.</summary>
    public static string Shown(string note) => Hashes().Replace(note, "$1$2");

    [GeneratedRegex("((?:^|; )(?:created; )?schema (?:expanded )?)([0-9a-f]{12})[0-9a-f]{52}")]
    private static partial Regex Hashes();

    [GeneratedRegex(@"(?:^|; )schema ([0-9a-f]{64})(?:;|$)")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(?:^|; )schema expanded ([0-9a-f]{64})(?:;|$)")]
    private static partial Regex Begun();
}
