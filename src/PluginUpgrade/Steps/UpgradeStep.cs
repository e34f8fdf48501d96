namespace PluginUpgrade.Steps;

/// <summary>One action on one target: the smallest thing that is run, recorded and resumed.</summary>
public sealed record UpgradeStep(Target Target, StepAction Action)
{
    public string Component => Action.Component;

    public UpgradeVersion Version => Action.Version;

    public VersionRange Range => Action.Range;

    /// <exception cref="InvalidOperationException">The action leaves no row.</exception>
    public JournalEntry Entry => Action.Entry ?? throw new InvalidOperationException($"'{this}' has no journal row.");

    /// <summary>Nothing is run: the target is recorded as being at the version.</summary>
    public bool OnlyRecords => Action.Entry is { IsBaseline: true };

    /// <summary>The target's version when this was planned, also by rows that only record.</summary>
    public UpgradeVersion PlannedAt => Action.PlannedAt ?? Action.Range.From;

    public override string ToString() => $"{Action} on {Target}";
}
