namespace PluginUpgrade.Steps;

/// <summary>What a step's journal row says of its action, and which rows it may replace.</summary>
/// <param name="Module">Empty where only a version is recorded.</param>
/// <param name="Sha256">The hash of the module's DLL or of the payload, in lower-case hexadecimal.</param>
public sealed record JournalEntry(string Module, string Sha256)
{
    public string Note { get; init; } = "";

    /// <summary>The finished row is <c>baseline</c> and not <c>done</c>: nothing was run.</summary>
    public bool IsBaseline { get; init; }

    /// <summary>Recorded, but the row does not count for the target's version.</summary>
    public bool ByHand { get; init; }

    /// <summary>May overwrite a row that is done.</summary>
    public bool Again { get; init; }

    /// <summary>Versions whose recording rows are removed together with this step.</summary>
    public IReadOnlyList<UpgradeVersion> RemovesRecords { get; init; } = [];

    /// <summary>Earlier declared baselines are removed.</summary>
    public bool ReplacesBaselines { get; init; }
}
