using System.Diagnostics;

namespace PluginUpgrade.Steps;

/// <summary>Why a version is recorded without running anything.</summary>
public enum VersionReason
{
    /// <summary>The upgrade's range ends at it, and no module of the target does.</summary>
    Reached,

    /// <summary>The user said <c>--from</c> for a target without a journal.</summary>
    From,

    /// <summary>The user declared it by <c>baseline</c>.</summary>
    Declared,
}

/// <summary>Records that the target is at a version, and runs nothing.</summary>
public sealed record RecordVersion(VersionReason Reason) : StepAction
{
    /// <summary>As the journal's notes have it.</summary>
    public static string Word(VersionReason reason) => reason switch
    {
        VersionReason.Reached => "reached",
        VersionReason.From => "--from",
        VersionReason.Declared => "baseline",
        _ => throw new UnreachableException(),
    };

    public override string Title => $"baseline {Version}";

    public override string ShortTitle => $"{base.ShortTitle} (recorded only)";

    public override string Summary => Reason == VersionReason.From ? "baseline: recorded as its start" : "recorded as reached";

    public override JournalEntry Entry => new("", "")
    {
        Note = Note.Length == 0 ? Word(Reason) : $"{Word(Reason)}; {Note}",
        IsBaseline = true,
        ReplacesBaselines = Reason == VersionReason.Declared,
    };
}
