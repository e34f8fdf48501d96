namespace PluginUpgrade.Steps;

/// <summary>One action on one target: the smallest thing that is run, recorded and resumed.</summary>
public sealed record UpgradeStep(Target Target, StepAction Action)
{
    public string Component => Action.Component;

    public UpgradeVersion Version => Action.Version;

    public VersionRange Range => Action.Range;

    /// <exception cref="InvalidOperationException">The action writes no row.</exception>
    public JournalEntry Entry => Action.Entry ?? throw new InvalidOperationException($"'{this}' has no journal row.");

    /// <summary>Whether nothing is run, and only the target's version is recorded.</summary>
    public bool OnlyRecords => Action is RecordVersion;

    /// <summary>The target's version at planning time, including rows that only record a version.</summary>
    public UpgradeVersion PlannedAt => Action.PlannedAt ?? Action.Range.From;

    public override string ToString() => $"{Action} on {Target}";
}
