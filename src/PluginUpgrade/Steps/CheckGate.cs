namespace PluginUpgrade.Steps;

/// <summary>Looks at what a wave has done, before the next one begins. Nothing is recorded.</summary>
public sealed record CheckGate(WaveGate Gate) : StepAction
{
    public override string Title => "gate";

    public override string ShortTitle => Title;

    public override string Summary => $"gate: {Gate}";

    public override UpgradeVersion? ShownVersion => null;

    public override JournalEntry? Entry => null;
}
