using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

public enum StepState
{
    Baseline,
    Running,
    Failed,
    Done,
}

/// <summary>The journal's row of one step.</summary>
public sealed record JournalRow
{
    public required Scope Scope { get; init; }

    public required string Component { get; init; }

    public required UpgradeVersion Version { get; init; }

    /// <summary>Empty where no module ran: a baseline.</summary>
    public required string Module { get; init; }

    public required string Sha256 { get; init; }

    public required StepState State { get; init; }

    public required bool ByHand { get; init; }

    /// <summary>Whether it counts for the target's version: a step run by hand does not, unless its row counted before.</summary>
    public required bool Counts { get; init; }

    public string Note { get; init; } = "";

    public string? Error { get; init; }

    public Guid? RunId { get; init; }

    /// <summary>The machine.</summary>
    public string Host { get; init; } = "";

    /// <summary>The person who ran it; empty in rows of earlier releases.</summary>
    public string By { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the row said before, as JSON; null where it has only its current content. See <see cref="JournalHistory"/>.</summary>
    public string? Earlier { get; init; }

    /// <summary>
    /// Whether a run has committed the declared changes up to the version's module, and the module; the changes after it are left.
    /// </summary>
    public bool IsExpanded => State is StepState.Running or StepState.Failed && SliceNote.Expanded(Note) is not null;

    /// <summary>Whether the target was created at this version from its declared schema.</summary>
    public bool IsCreated => State == StepState.Baseline && Note.StartsWith(CreateSchema.NoteBegins, StringComparison.Ordinal);

    /// <summary>
    /// Whether it was done by another file than this module's, or with other declared changes. A row by hand is not compared: any file may
    /// have been named.
    /// </summary>
    public bool WasOther(UpgradeModule module) => !ByHand && (Sha256 != module.Sha256For(Scope)
        || (!module.IsDeclared && SliceNote.Hash(Note) != module.SliceFor(Scope)?.Sha256));

    /// <summary>
    /// A version that was recorded without running anything, and that no module or payload here knows (<c>--record-only</c>).
    /// </summary>
    public bool OnlyRecords => IsReached && Note.StartsWith($"{RecordVersion.ReachedWord} (", StringComparison.Ordinal);

    /// <summary>A baseline that a run left at a version without a module, as opposed to a baseline that a user declared.</summary>
    public bool IsReached =>
        State == StepState.Baseline && Note.StartsWith(RecordVersion.ReachedWord, StringComparison.Ordinal);
}
