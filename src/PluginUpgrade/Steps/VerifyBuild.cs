namespace PluginUpgrade.Steps;

/// <summary>Checks whether what was built may replace what is live.</summary>
public sealed record VerifyBuild(UpgradeModule Module) : SideBySideAction(Module)
{
    public override string Part => "verify";

    public override string Summary => "checks what was built; nothing live has changed so far";
}
