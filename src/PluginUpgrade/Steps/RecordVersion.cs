using System.Diagnostics;

namespace PluginUpgrade.Steps;

/// <summary>Why a version is recorded without running anything.</summary>
public enum VersionReason
{
    /// <summary>It is the end of the upgrade's range, and the target has no module for it.</summary>
    Reached,

    /// <summary>The user gave <c>--from</c> for a target without a journal.</summary>
    From,

    /// <summary>Like <see cref="Reached"/>, for a version that no module or payload here has: the user gave <c>--record-only</c>.</summary>
    RecordOnly,

    /// <summary>The user declared it with <c>baseline</c>.</summary>
    Declared,

    /// <summary>The user corrected records with <c>baseline --replace</c>: no module counts as applied because of it.</summary>
    Corrected,
}

/// <summary>Records that the target is at a version. Runs nothing.</summary>
public sealed record RecordVersion(VersionReason Reason) : StepAction
{
    /// <summary>
    /// The first word of the notes of versions that an upgrade or a correction recorded, as opposed to declared baselines.
    /// </summary>
    public const string ReachedWord = "reached";

    /// <summary>The reason as the journal's note spells it.</summary>
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

    /// <summary>Versions whose recording rows are removed together with this step.</summary>
    public IReadOnlyList<UpgradeVersion> RemovesRecords { get; init; } = [];

    public override JournalEntry Entry => new("", "")
    {
        Note = Note.Length == 0 ? Word(Reason) : $"{Word(Reason)}; {Note}",
        IsBaseline = true,
        RemovesRecords = RemovesRecords,
        ReplacesBaselines = Reason == VersionReason.Declared,
    };
}
