namespace PluginUpgrade.Steps;

/// <summary>Puts back what was live before the last exchange. The row is written in the journal that comes back.</summary>
/// <param name="Back">The version that comes back.</param>
/// <param name="Undone">The versions that are undone, oldest first.</param>
public sealed record RollBackSwap(UpgradeVersion Back, IReadOnlyList<UpgradeVersion> Undone) : StepAction
{
    /// <summary>What is undone of other components, as in <c>Turbo 1.01</c>.</summary>
    public IReadOnlyList<string> UndoneBesides { get; init; } = [];

    /// <summary>About how many rows were written since the exchange; null: unknown.</summary>
    public long? Written { get; init; }

    public override string Title => "rollback";

    public override string ShortTitle => Title;

    public override string Summary =>
        $"back to {Back}; undoes {Problem.Join([.. Undone.Select(version => $"{version}"), .. UndoneBesides])}";

    public override UpgradeVersion? ShownVersion => Back;

    public override bool ChangesData => true;

    public override JournalEntry? Entry => null;

    public override bool CouldHarm => true;

    public override Problem Failed(UpgradeStep step, string error) => new("KU-8060", $"{step.Target}",
        $"It could not be rolled back: {error} Nothing was changed.", "Fix the cause, then run the same command.");

    /// <summary>Whether it does the same, whatever was written meanwhile.</summary>
    public bool DoesAs(RollBackSwap other) => Component == other.Component && Back == other.Back
        && Undone.SequenceEqual(other.Undone) && UndoneBesides.SequenceEqual(other.UndoneBesides);
}
