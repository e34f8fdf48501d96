namespace PluginUpgrade.Schemas.Reading;

/// <summary>From when and till when something exists.</summary>
/// <param name="OwnSince">Whether <paramref name="Since"/> was written; otherwise it is that of the table.</param>
/// <param name="OwnTill">Whether <paramref name="Till"/> was written; otherwise it is that of the table.</param>
internal sealed record Span(UpgradeVersion Since, UpgradeVersion? Till, bool OwnSince = true, bool OwnTill = true)
{
    /// <summary>The life of what belongs to a column, as long as the column.</summary>
    public Span Inside => this with { OwnSince = false, OwnTill = false };

    public bool Overlaps(Span other) => (Till is not { } till || other.Since < till) && (other.Till is not { } end || Since < end);

    /// <summary>What was written, checked.</summary>
    /// <param name="owner">The life of the table, or of the column; null: unknown because of a mistake, or there is none.</param>
    /// <returns>Null where there is a mistake.</returns>
    public static Span? Read(Life life, Span? owner, string ownerName, Place place, Mistakes mistakes)
    {
        var since = life.Since is { } s ? Version(s.Version, "since", place, mistakes) : owner?.Since;
        var till = life.Till is { } t ? Version(t.Version, "till", place, mistakes) : owner?.Till;
        if (since is not { } begin || life.Till is not null && till is null) return null;
        var span = new Span(begin, till, life.Since is not null, life.Till is not null);
        return IsPossible(span, owner, ownerName, place, mistakes) ? span : null;
    }

    private static bool IsPossible(Span span, Span? owner, string ownerName, Place place, Mistakes mistakes)
    {
        if (owner is not null && span.Since < owner.Since)
            mistakes.Add("KU-2103", place, $"it begins at {span.Since}, before {ownerName}, which begins at {owner.Since}.",
                $"Write since: \"{owner.Since}\" or a later version, or leave it out.");
        else if (owner?.Till is { } end && (span.Till is { } late && late > end || span.Since >= end))
            mistakes.Add("KU-2103", place, span.Since >= end
                    ? $"it begins at {span.Since}, but {ownerName} ends at {end}."
                    : $"it ends at {span.Till}, after {ownerName}, which ends at {end}.",
                span.Since >= end ? "Remove it, or let it begin earlier."
                    : $"Write till: \"{end}\" or an earlier version, or leave it out.");
        else if (span.Till is { } till && till <= span.Since)
            mistakes.Add("KU-2102", place, $"it ends at {till}, which is not newer than {span.Since}, when it begins.",
                "Write a till that is newer than its since.");
        else return true;
        return false;
    }

    public static UpgradeVersion? Version(string? text, string word, Place place, Mistakes mistakes)
    {
        if (UpgradeVersion.TryParse(text, out var version) && version > UpgradeVersion.Zero) return version;
        mistakes.Add("KU-2101", place, $"{word}: \"{text}\" is {(text is null || version != default || !UpgradeVersion.TryParse(text, out _)
            ? "not a version." : "version 0, which every schema has before its first upgrade.")}",
            "Write whole numbers with dots between them, above 0, such as \"0.0.20\".");
        return null;
    }
}
