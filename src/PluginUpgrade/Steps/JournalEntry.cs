namespace PluginUpgrade.Steps;

/// <summary>What a step's row in the journal says of its action, and which rows it may take the place of.</summary>
/// <param name="Module">Empty where only a version is recorded.</param>
/// <param name="Sha256">Of the module's DLL, or of the payload; in lower-case hexadecimal.</param>
public sealed record JournalEntry(string Module, string Sha256)
{
    public string Note { get; init; } = "";

    /// <summary>The finished row says <c>baseline</c> and not <c>done</c>: nothing was run.</summary>
    public bool IsBaseline { get; init; }

    /// <summary>Recorded, but no statement of the target's version.</summary>
    public bool ByHand { get; init; }

    /// <summary>Written over a row that says done.</summary>
    public bool Again { get; init; }

    /// <summary>Versions whose rows only record, and are removed with this one.</summary>
    public IReadOnlyList<UpgradeVersion> RemovesRecords { get; init; } = [];

    /// <summary>Baselines that were declared before are removed.</summary>
    public bool ReplacesBaselines { get; init; }
}
