namespace PluginUpgrade.Steps;

/// <summary>Puts back what a save holds of the target, its journal included: no row is written.</summary>
public sealed record Restore : StepAction
{
    public override string Title => "restore";

    public override string ShortTitle => Title;

    public override string Summary => "restored from a save";

    public override bool ChangesData => true;

    public override JournalEntry? Entry => null;

    public override bool CouldHarm => true;
}
