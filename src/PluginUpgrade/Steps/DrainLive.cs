namespace PluginUpgrade.Steps;

/// <summary>Lets the module finish what the old version left in the live schema.</summary>
public sealed record DrainLive(UpgradeModule Module) : SideBySideAction(Module)
{
    public override string Part => "drain";

    public override string Summary => "finishes what the old version left undone";

    public override bool ChangesData => true;

    public override Waiting? Waits => Waiting.Nobody;
}
