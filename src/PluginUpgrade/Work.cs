namespace PluginUpgrade;

/// <summary>What a step does, whatever its target: the same for every target that stands at the same place.</summary>
public sealed record Work
{
    public string Component { get; init; } = "";

    public required UpgradeVersion Version { get; init; }

    /// <summary>The module to run; none where the step only records that the target stands at <see cref="Version"/>.</summary>
    public UpgradeModule? Module { get; init; }

    /// <summary>What the journal is to keep besides: why it was recorded, which check was overridden.</summary>
    public string Note { get; init; } = "";

    /// <summary>Run by hand: recorded, but no statement of where the target stands.</summary>
    public bool ByHand { get; init; }

    /// <summary>Run although the journal has it as done.</summary>
    public bool Again { get; init; }

    /// <summary>A baseline that takes the place of those declared before.</summary>
    public bool ReplacesBaseline { get; init; }

    /// <summary>The range of the run, as the module's context tells it.</summary>
    public VersionRange Range { get; init; }

    /// <summary>Where the target stood when this was planned, also by rows that only record; null: at the range's start.</summary>
    public UpgradeVersion? StoodAt { get; init; }

    /// <summary>Versions whose rows only record, and are removed with this one.</summary>
    public IReadOnlyList<UpgradeVersion> RemovesRecords { get; init; } = [];

    /// <summary>What is done where no module is: <c>restore</c>.</summary>
    public string? Deed { get; init; }

    /// <summary>Program files to lay over the root's. There is no module then.</summary>
    public Payload? Payload { get; init; }

    /// <summary>A look at what was done, between two waves: nothing is recorded.</summary>
    public WaveGate? Gate { get; init; }
}
