namespace PluginUpgrade.Steps;

/// <summary>Restores the target from a save. The save contains the journal, so no row is written.</summary>
public sealed record Restore : StepAction
{
    public override string Title => "restore";

    public override string ShortTitle => Title;

    public override string Summary => "restored from a save";

    public override bool ChangesData => true;

    public override JournalEntry? Entry => null;

    public override bool CouldHarm => true;
}
