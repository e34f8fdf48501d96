namespace PluginUpgrade;

/// <summary>One module on one target: the smallest thing that is run, recorded and resumed.</summary>
public sealed record UpgradeStep(Target Target, Work Work)
{
    public string Component => Work.Component;

    public UpgradeVersion Version => Work.Version;

    public UpgradeModule? Module => Work.Module;

    /// <summary>As the journal has it; empty where only a version is recorded.</summary>
    public string ModuleName => Module?.Name ?? (Work.Payload is null ? "" : Payload.Component);

    /// <summary>Of the module's DLL, or of the payload.</summary>
    public string Sha256 => Module?.Sha256 ?? Work.Payload?.Sha256 ?? "";

    /// <summary>Nothing is run: the target is recorded as standing at the version.</summary>
    public bool OnlyRecords => Module is null && Work is { Payload: null, Gate: null };

    public string Note => Work.Note;

    public bool ByHand => Work.ByHand;

    public bool Again => Work.Again;

    public bool ReplacesBaseline => Work.ReplacesBaseline;

    public VersionRange Range => Work.Range;

    public UpgradeVersion StoodAt => Work.StoodAt ?? Work.Range.From;

    public override string ToString() => $"{What} on {Target}";

    private string What => Work switch
    {
        { Gate: not null } => "gate",
        { Deed: { } deed } => deed,
        { Payload: { } payload } => $"{payload}",
        { Module: { } module } => $"{module}",
        _ => $"baseline {Version}",
    };
}
