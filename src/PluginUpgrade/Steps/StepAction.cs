namespace PluginUpgrade.Steps;

/// <summary>
/// What a step does, whatever its target: one action serves every target at the same version. A closed list: each kind is a record in this
/// folder, and has one executor in <c>Running/Steps</c>.
/// </summary>
public abstract record StepAction
{
    private protected StepAction() { }

    /// <summary>Whose version it is; empty: the product's.</summary>
    public string Component { get; init; } = "";

    /// <summary>The version that the target has reached afterwards; zero where the action reaches none.</summary>
    public UpgradeVersion Version { get; init; }

    /// <summary>The range of the run, as a module's context shows it.</summary>
    public VersionRange Range { get; init; }

    /// <summary>The target's version when this was planned, also by rows that only record; null: the range's start.</summary>
    public UpgradeVersion? PlannedAt { get; init; }

    /// <summary>What the journal's row keeps besides: which check was overridden, who was left out.</summary>
    public string Note { get; init; } = "";

    /// <summary>In messages, before the target's name: <c>V1_002</c>, <c>gate</c>.</summary>
    public abstract string Title { get; }

    /// <summary>In lists of steps, beside the target's name: <c>1.002</c>, <c>gate</c>.</summary>
    public virtual string ShortTitle => Component.Length > 0 ? $"{Component} {Version}" : $"{Version}";

    /// <summary>The record's name, for programs: <c>RunModule</c>.</summary>
    public string Kind => GetType().Name;

    /// <summary>What it does, in a few words; a module's own description.</summary>
    public abstract string Summary { get; }

    /// <summary>What people who read a plan must know besides.</summary>
    protected virtual IEnumerable<string> Remarks => [Note];

    /// <summary>The summary with its remarks.</summary>
    public string Description => string.Join("; ", Remarks.Where(remark => remark.Length > 0)) is { Length: > 0 } said
        ? $"{Summary} ({said})" : Summary;

    /// <summary>What a plan shows in its column for modules; empty where nothing of that kind is run.</summary>
    public virtual string Subject => "";

    /// <summary>What a plan shows as the version; null where the action reaches none.</summary>
    public virtual UpgradeVersion? ShownVersion => Version;

    /// <summary>The journal's row; null: the action leaves none.</summary>
    public abstract JournalEntry? Entry { get; }

    /// <summary>Whether the action, and its row, are one transaction.</summary>
    public virtual bool IsTransactional => true;

    /// <summary>Whether it runs code that changes data: a save before the upgrade may be asked for.</summary>
    public virtual bool ChangesData => false;

    /// <summary>Whether a module's code runs in the session: it may leave anything there, and make types.</summary>
    public virtual bool RunsModuleCode => false;

    /// <summary>Whether it could harm its target for good: no rollback, or nothing to roll back to.</summary>
    public virtual bool CouldHarm => false;

    /// <summary>What journals of earlier releases call its component; null: the same.</summary>
    public virtual string? FormerComponent => null;

    /// <summary>Whether its author says that what it destroys cannot be brought back.</summary>
    public virtual bool IsIrreversible => false;

    /// <summary>Besides its own component, the one whose progress makes this action out of date; null: none.</summary>
    public virtual string? FollowsComponent => null;

    /// <summary>Why it did not succeed.</summary>
    /// <param name="error">A sentence.</param>
    public virtual Problem Failed(UpgradeStep step, string error) => new("KU-5002", $"{step}",
        $"The module failed: {error} The step was rolled back.",
        "Fix the cause, then run the same command: it continues with what is left.");

    public sealed override string ToString() => Title;
}
