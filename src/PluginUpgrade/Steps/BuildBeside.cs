namespace PluginUpgrade.Steps;

/// <summary>Builds the new schema or database beside the live one.</summary>
public sealed record BuildBeside(UpgradeModule Module) : SideBySideAction(Module)
{
    public override string Part => "build";

    public override string Summary => Module.Description.Length > 0 ? Module.Description : "builds the new data beside the live data";

    protected override IEnumerable<string> Remarks =>
    [
        Module.CatchesUp ? "live data can be read and written" : "writers wait from here until the swap",
        Module.Repeatable ? "continued after an interruption" : "begun again after an interruption", Note,
    ];

    /// <summary>The tables that are not built but moved at the exchange.</summary>
    public IReadOnlyList<string> Carries => Module.Carries;
}
