namespace PluginUpgrade.Steps;

/// <summary>Puts back what was live before the last exchange. The row is written in the journal that comes back.</summary>
/// <param name="Back">The version that comes back.</param>
/// <param name="Undone">The versions that are undone, oldest first.</param>
public sealed record RollBackSwap(UpgradeVersion Back, IReadOnlyList<UpgradeVersion> Undone) : StepAction
{
    public override string Title => "rollback";

    public override string ShortTitle => Title;

    public override string Summary => $"back to {Back}; undoes {Problem.Join([.. Undone.Select(version => $"{version}")])}";

    public override UpgradeVersion? ShownVersion => Back;

    public override bool ChangesData => true;

    public override JournalEntry? Entry => null;

    public override bool CouldHarm => true;
}
