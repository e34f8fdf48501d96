namespace PluginUpgrade;

/// <summary>One module on one target: the smallest thing that is run, recorded and resumed.</summary>
public sealed record UpgradeStep(Target Target, Work Work)
{
    public string Component => Work.Component;

    public UpgradeVersion Version => Work.Version;

    public UpgradeModule? Module => Work.Module;

    public string Note => Work.Note;

    public bool ByHand => Work.ByHand;

    public bool Again => Work.Again;

    public bool ReplacesBaseline => Work.ReplacesBaseline;

    public VersionRange Range => Work.Range;

    public override string ToString() => $"{What} on {Target}";

    private string What => Work.Gate is not null ? "gate" : Work.Deed ?? (Module is { } module ? $"{module}" : $"baseline {Version}");
}
