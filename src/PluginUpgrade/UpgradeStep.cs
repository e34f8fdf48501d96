using PluginUpgrade.Steps;

namespace PluginUpgrade;

/// <summary>One action on one target: the smallest thing that is run, recorded and resumed.</summary>
public sealed record UpgradeStep(Target Target, StepAction Action)
{
    public string Component => Action.Component;

    public UpgradeVersion Version => Action.Version;

    public VersionRange Range => Action.Range;

    /// <exception cref="InvalidOperationException">The action leaves no row.</exception>
    public JournalEntry Entry => Action.Entry ?? throw new InvalidOperationException($"'{this}' leaves no row in the journal.");

    public override string ToString() => $"{Action} on {Target}";
}
