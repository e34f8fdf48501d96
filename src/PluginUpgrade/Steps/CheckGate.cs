namespace PluginUpgrade.Steps;

/// <summary>Checks the result of a wave before the next one begins. Records nothing.</summary>
public sealed record CheckGate(WaveGate Gate) : StepAction
{
    public override string Title => "gate";

    public override string ShortTitle => Title;

    public override string Summary => $"gate: {Gate}";

    public override UpgradeVersion? ShownVersion => null;

    public override JournalEntry? Entry => null;
}
