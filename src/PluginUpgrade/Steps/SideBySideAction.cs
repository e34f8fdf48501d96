namespace PluginUpgrade.Steps;

/// <summary>
/// A part of a side-by-side upgrade. The parts of one version follow each other in a lane and are run together, because the lock that keeps
/// writers away must be held by the session that makes the exchange. The last part alone has a row in the journal.
/// </summary>
public abstract record SideBySideAction(UpgradeModule Module) : StepAction
{
    /// <summary>Run with <c>krang-upgrade run</c>: recorded, but the row does not count for the target's version.</summary>
    public bool ByHand { get; init; }

    /// <summary>One word: what the part does.</summary>
    protected abstract string Part { get; }

    public sealed override string Title => $"{Part} of {Module}";

    public sealed override string ShortTitle => $"{base.ShortTitle} {Part}";

    public sealed override string Subject => $"{Module}";

    public override JournalEntry? Entry => null;

    public override bool IsTransactional => false;

    public override bool RunsModuleCode => true;

    public override Problem Failed(UpgradeStep step, string error) => new("KU-8030", $"{step}",
        $"It failed: {error} The live data is unchanged.", "Fix the cause, then run the same command.");
}
