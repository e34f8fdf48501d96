namespace PluginUpgrade.Planning;

public enum StepOrder
{
    /// <summary>The installation step of a version, then that version on every instance, then the next version.</summary>
    VersionByVersion,

    /// <summary>All installation steps, then each instance through its whole range.</summary>
    InstallationFirst,
}

/// <summary>What the user asks for.</summary>
public sealed record Goal
{
    public UpgradeVersion? From { get; init; }

    /// <summary>Null: the newest module's version.</summary>
    public UpgradeVersion? To { get; init; }

    /// <summary>Run nothing, and only record <see cref="To"/>, which no module or payload here needs to have.</summary>
    public bool RecordOnly { get; init; }

    /// <summary>Versions of modules in the drop folder that cannot be used: they count as known all the same.</summary>
    public IReadOnlyList<UpgradeVersion> KnownBesides { get; init; } = [];

    public bool Knows(UpgradeVersion version) => KnownBesides.Any(known => known >= version);

    public StepOrder Order { get; init; }

    /// <summary>Only some instances are upgraded, and not the installation.</summary>
    public bool OnlyInstances { get; init; }

    /// <summary>Upgrade named instances although an installation step that they need has not run.</summary>
    public bool SkipInstallation { get; init; }

    /// <summary>Only the installation is upgraded, and no instance.</summary>
    public bool InstallationOnly { get; init; }

    /// <summary>Continue although the journal has modules that are not in the drop folder.</summary>
    public bool AllowMissing { get; init; }

    /// <summary>Continue although modules have changed since they were applied.</summary>
    public bool AllowChanged { get; init; }

    /// <summary>Run late modules, which are older than a target's version.</summary>
    public bool AllowOutOfOrder { get; init; }

    /// <summary>
    /// A note for the installation's steps: which instances were left out that should have been upgraded before. Empty: none.
    /// </summary>
    public string Without { get; init; } = "";

    /// <summary>Run each instance's transactional steps in one transaction.</summary>
    public bool Atomic { get; init; }

    /// <summary>The order of the instances; null: all together.</summary>
    public Waves? Waves { get; init; }
}
