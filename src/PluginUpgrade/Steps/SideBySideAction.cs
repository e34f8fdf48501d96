namespace PluginUpgrade.Steps;

/// <summary>
/// A part of a side-by-side upgrade. The parts of one version follow each other in a lane and are run together, because the lock that keeps
/// writers away must be held by the session that makes the exchange. The last part alone has a row in the journal.
/// </summary>
public abstract record SideBySideAction(UpgradeModule Module) : StepAction
{
    /// <summary>The parts of the module's version, in order.</summary>
    public static IEnumerable<SideBySideAction> Of(UpgradeModule module)
    {
        if (module.Drains) yield return new DrainLive(module);
        yield return new BuildBeside(module);
        yield return new VerifyBuild(module);
        yield return new SwapSchemas(module);
    }

    /// <summary>One word: what the part does.</summary>
    public abstract string Part { get; }

    public sealed override UpgradeModule Runs => Module;

    public sealed override string Title => $"{Part} of {Module}";

    public sealed override string ShortTitle => $"{base.ShortTitle} {Part}";

    public sealed override string Subject => $"{Module}";

    public override JournalEntry? Entry => null;

    public override bool IsTransactional => false;

    public override bool RunsModuleCode => true;

    /// <summary>Building and verifying only read the live data.</summary>
    public sealed override bool IsIrreversible => ChangesData && Module.Irreversible;

    public sealed override bool CouldHarm => IsIrreversible;

    /// <summary>What a module without CatchUp builds would miss whatever is written meanwhile.</summary>
    public override Waiting? Waits => Module.CatchesUp ? Waiting.Nobody : Waiting.Writers;

    public override Problem Failed(UpgradeStep step, string error) => new("KU-8030", $"{step}",
        $"It failed: {error} The live data is unchanged.", "Fix the cause, then run the same command.");
}
