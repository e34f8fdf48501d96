namespace PluginUpgrade.Steps;

/// <summary>Removes what side-by-side upgrades have kept of a target. Records nothing.</summary>
/// <param name="Names">The schemas or databases.</param>
public sealed record PurgeKept(IReadOnlyList<string> Names) : StepAction
{
    public override string Title => "purge";

    public override string ShortTitle => Title;

    public override string Summary => $"removes {Problem.Join(Names)}";

    public override UpgradeVersion? ShownVersion => null;

    public override JournalEntry? Entry => null;

    public override bool CouldHarm => true;

    public override Problem Failed(UpgradeStep step, string error) => new("KU-8061", $"{step.Target}",
        $"What is kept could not be removed: {error} Nothing was changed.", "Fix the cause, then run the same command.");
}
