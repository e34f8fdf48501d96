namespace PluginUpgrade.Steps;

/// <summary>
/// Makes the declared changes of one version, around the module of the same version: what is new before it, what ends after it.
/// </summary>
/// <param name="Module">The version's module; one without code where only the declared schema has the version.</param>
public sealed record ApplySchema(UpgradeModule Module, SchemaSlice Slice, Scope Scope) : StepAction
{
    /// <summary>The tables of this target that are too large to be locked for long, by their names before the version.</summary>
    public IReadOnlySet<string> Large { get; init; } = new HashSet<string>();

    /// <summary>Whether an earlier run has committed everything up to the module: only what follows it is left.</summary>
    public bool IsExpanded { get; init; }

    public override UpgradeModule? Runs => Module.IsDeclared ? null : Module;

    public override string Title => Module.IsDeclared ? $"{Module} {Version}" : $"{Module}";

    public override string Subject => $"{Module}";

    public override string Summary => Module.Description.Length > 0 ? Module.Description : Slice.Summary;

    protected override IEnumerable<string> Remarks =>
    [
        Module.Description.Length > 0 ? $"declared: {Slice.Summary}" : "",
        Large.Count > 0 ? $"large: {Problem.Join([.. Large.Order(StringComparer.Ordinal)])}" : "",
        IsTransactional ? "" : "in phases", IsExpanded ? "continued after the module" : "",
        DestroysData ? "destroys data" : "", Module.Irreversible ? "irreversible" : "", Note,
    ];

    public override JournalEntry Entry => new(Module.Name, Module.Sha256For(Scope))
    {
        Note = SliceNote.Of(Slice, IsExpanded, Note),
        ByHand = ByHand,
    };

    /// <summary>With large tables, what follows the module is done table by table, without locking them for long.</summary>
    public override bool IsTransactional => !IsExpanded && Large.Count == 0 && !Slice.Changes.Any(change => change.IsAlwaysLarge);

    /// <summary>Whether the transaction before it must be committed first: it adds values to an enumerated type.</summary>
    public bool AddsValues => Slice.In(SchemaPhase.Values).Any();

    public bool DestroysData => Slice.DestroysDataOf(PlannedAt ?? Range.From);

    public override bool ChangesData => true;

    public override bool RunsModuleCode => !Module.IsDeclared;

    public override bool IsIrreversible => DestroysData || Module.Irreversible;

    /// <summary>What is done in phases is continued, and loses nothing.</summary>
    public override bool CouldHarm => IsIrreversible;

    /// <summary>The statements of a phase, in order.</summary>
    /// <param name="schema">The target's schema, quoted.</param>
    public IReadOnlyList<string> Statements(SchemaPhase phase, string schema) =>
    [
        .. Slice.In(phase).SelectMany(change => IsLarge(change) ? change.SqlOfLarge(schema) : change.Sql(schema)),
    ];

    /// <summary>What follows the module in phases must be repeatable, and so must be made as for large tables.</summary>
    private bool IsLarge(SchemaChange change) => !IsTransactional && (change.Phase == SchemaPhase.Demand
        || (change.Phase == SchemaPhase.Expand && change.Table is { } table && Large.Contains(table)));

    public override Problem Failed(UpgradeStep step, string error) => new("KU-5060", $"{step}",
        $"It failed: {error} " + (IsExpanded ? "What came before is committed." : "The step was rolled back."),
        "Fix the cause, then run the same command: it continues with what is left.");
}
