namespace PluginUpgrade.Steps;

/// <summary>Runs a module's method for the target.</summary>
public sealed record RunModule(UpgradeModule Module) : StepAction
{
    /// <summary>Run although the journal has it as done.</summary>
    public bool Again { get; init; }

    public override UpgradeModule Runs => Module;

    public override string Title => $"{Module}";

    public override string Subject => $"{Module}";

    public override string Summary => Module.Description;

    protected override IEnumerable<string> Remarks =>
        [Module.Transactional ? "" : "outside a transaction", Module.Irreversible ? "irreversible" : "", Note];

    public override JournalEntry Entry => new(Module.Name, Module.Sha256) { Note = Note, ByHand = ByHand, Again = Again };

    public override bool IsTransactional => Module.Transactional;

    public override bool ChangesData => true;

    public override bool RunsModuleCode => true;

    public override bool IsIrreversible => Module.Irreversible;

    public override bool CouldHarm => Module.CouldHarm;
}
