namespace PluginUpgrade.Steps;

/// <summary>Records that the module's current file counts as the applied one. Runs nothing.</summary>
/// <param name="Reason">Why this is right, in the words of the person who accepts it.</param>
public sealed record AcceptModule(UpgradeModule Module, Scope Scope, string Reason) : StepAction
{
    public override string Title => $"accept {Module}";

    public override string ShortTitle => $"{base.ShortTitle} (accepted)";

    public override string Subject => $"{Module}";

    public override string Summary => "the changed file or declaration counts as the applied one; runs nothing";

    protected override IEnumerable<string> Remarks => [Reason];

    /// <summary>Overwrites the row that is done, which keeps its earlier content.</summary>
    public override JournalEntry Entry => new(Module.Name, Module.Sha256For(Scope))
    {
        Note = Module.SliceFor(Scope) is { } slice ? SliceNote.Of(slice, isExpanded: false, Said) : Said,
        Again = true,
    };

    private string Said => $"accepted: {Reason}";

    public override Problem Failed(UpgradeStep step, string error) => new("KU-5050", $"{step}",
        $"The changed file could not be recorded: {error} The journal is unchanged.",
        "Fix the cause, then run the same command.");
}
