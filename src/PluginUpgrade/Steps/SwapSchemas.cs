namespace PluginUpgrade.Steps;

/// <summary>Exchanges the live schema or database for the one that was built, in one transaction with the journal's row.</summary>
public sealed record SwapSchemas(UpgradeModule Module) : SideBySideAction(Module)
{
    public override string Part => "swap";

    public override string Summary => "the new data becomes live; the old is kept as __before, for rollback";

    protected override IEnumerable<string> Remarks =>
    [
        Module.CatchesUp ? "readers and writers wait during the swap" : "readers wait during the swap",
        Module.Carries.Count > 0 ? $"moves {Problem.Join(Module.Carries)} unchanged" : "", Note,
    ];

    public override JournalEntry Entry => new(Module.Name, Module.Sha256) { Note = Note, ByHand = ByHand };

    public override bool ChangesData => true;

    public override Waiting? Waits => Waiting.Everybody;
}
