namespace PluginUpgrade.Steps;

/// <summary>
/// What a step does, independent of its target: one action is shared by all targets at the same version. A closed list: each kind is a
/// record in this folder, and has one executor in <c>Running/Steps</c>.
/// </summary>
public abstract record StepAction
{
    private protected StepAction() { }

    /// <summary>The component of the version; empty: the product.</summary>
    public string Component { get; init; } = "";

    /// <summary>The version that the target reaches by the action; zero where it reaches none.</summary>
    public UpgradeVersion Version { get; init; }

    /// <summary>The range of the run, as a module's context shows it.</summary>
    public VersionRange Range { get; init; }

    /// <summary>The target's version at planning time, including rows that only record a version; null: the start of the range.</summary>
    public UpgradeVersion? PlannedAt { get; init; }

    /// <summary>A note for the journal's row: which check was overridden, which instances were left out.</summary>
    public string Note { get; init; } = "";

    /// <summary>Run with <c>krang-upgrade run</c>: recorded, but the row does not count for the target's version.</summary>
    public bool ByHand { get; init; }

    /// <summary>The module whose code it runs as its work; null: none.</summary>
    public virtual UpgradeModule? Runs => null;

    /// <summary>The modules whose code it needs.</summary>
    public virtual IEnumerable<UpgradeModule> Loads => Runs is { } module ? [module] : [];

    /// <summary>The name in messages, before the target's: <c>V1_002</c>, <c>gate</c>.</summary>
    public abstract string Title { get; }

    /// <summary>The name in lists of steps, beside the target's: <c>1.002</c>, <c>gate</c>.</summary>
    public virtual string ShortTitle => Component.Length > 0 ? $"{Component} {Version}" : $"{Version}";

    /// <summary>The record's name, for programs: <c>RunModule</c>.</summary>
    public string Kind => GetType().Name;

    /// <summary>What the action does, in a few words; for a module, its own description.</summary>
    public abstract string Summary { get; }

    /// <summary>Remarks that readers of a plan must see.</summary>
    protected virtual IEnumerable<string> Remarks => [Note];

    /// <summary>The summary with its remarks.</summary>
    public string Description => string.Join("; ", Remarks.Where(remark => remark.Length > 0)) is { Length: > 0 } said
        ? $"{Summary} ({said})" : Summary;

    /// <summary>The text in a plan's column for modules; empty where no module or payload is involved.</summary>
    public virtual string Subject => "";

    /// <summary>The version in a plan; null where the action reaches none.</summary>
    public virtual UpgradeVersion? ShownVersion => Version;

    /// <summary>The journal's row; null where the action writes none.</summary>
    public abstract JournalEntry? Entry { get; }

    /// <summary>Whether the action and its row are one transaction.</summary>
    public virtual bool IsTransactional => true;

    /// <summary>Whether it runs code that changes data, so that a save before the upgrade makes sense.</summary>
    public virtual bool ChangesData => false;

    /// <summary>Whether a module's code runs in the session, which may leave anything there and create types.</summary>
    public virtual bool RunsModuleCode => false;

    /// <summary>Whether it can harm its target permanently: it cannot be rolled back, or it destroys data.</summary>
    public virtual bool CouldHarm => false;

    /// <summary>The component's name in journals of earlier releases; null: the same.</summary>
    public virtual string? FormerComponent => null;

    /// <summary>Whether its author declares that what it destroys cannot be brought back.</summary>
    public virtual bool IsIrreversible => false;

    /// <summary>Who cannot use the live data during the action; null where that is not known.</summary>
    public virtual Waiting? Waits => null;

    /// <summary>Another component whose progress makes this action out of date; null: none.</summary>
    public virtual string? FollowsComponent => null;

    /// <summary>The problem of a failed step.</summary>
    /// <param name="error">The reason, as a sentence.</param>
    public virtual Problem Failed(UpgradeStep step, string error) => new("KU-5002", $"{step}",
        $"The module failed: {error} The step was rolled back.",
        "Fix the cause, then run the same command: it continues with what is left.");

    public sealed override string ToString() => Title;
}
