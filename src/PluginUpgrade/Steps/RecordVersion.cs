using System.Diagnostics;

namespace PluginUpgrade.Steps;

/// <summary>Why a version is recorded without running anything.</summary>
public enum VersionReason
{
    /// <summary>The upgrade's range ends at it, and no module of the target does.</summary>
    Reached,

    /// <summary>The user said <c>--from</c> for a target without a journal.</summary>
    From,

    /// <summary>As <see cref="Reached"/>, for a goal that nothing knows: the user said <c>--record-only</c>.</summary>
    RecordOnly,

    /// <summary>The user declared it by <c>baseline</c>.</summary>
    Declared,

    /// <summary>The user corrected records by <c>baseline --replace</c>: no module counts as applied by it.</summary>
    Corrected,
}

/// <summary>Records that the target is at a version, and runs nothing.</summary>
public sealed record RecordVersion(VersionReason Reason) : StepAction
{
    /// <summary>How the notes of those begin that an upgrade or a correction recorded, and nobody declared.</summary>
    public const string ReachedWord = "reached";

    /// <summary>As the journal's notes have it.</summary>
    public static string Word(VersionReason reason) => reason switch
    {
        VersionReason.Reached => ReachedWord,
        VersionReason.RecordOnly => $"{ReachedWord} (--record-only)",
        VersionReason.Corrected => $"{ReachedWord} (baseline --replace)",
        VersionReason.From => "--from",
        VersionReason.Declared => "baseline",
        _ => throw new UnreachableException(),
    };

    public override string Title =>
        $"{(Reason is VersionReason.Reached or VersionReason.RecordOnly ? "record" : "baseline")} {Version}";

    public override string ShortTitle => $"{base.ShortTitle} (recorded only)";

    public override string Summary => Reason == VersionReason.From
        ? "recorded as the starting version; runs nothing" : "recorded as reached; runs nothing";

    /// <summary>Versions whose rows only record, and are removed with this one.</summary>
    public IReadOnlyList<UpgradeVersion> RemovesRecords { get; init; } = [];

    public override JournalEntry Entry => new("", "")
    {
        Note = Note.Length == 0 ? Word(Reason) : $"{Word(Reason)}; {Note}",
        IsBaseline = true,
        RemovesRecords = RemovesRecords,
        ReplacesBaselines = Reason == VersionReason.Declared,
    };
}
