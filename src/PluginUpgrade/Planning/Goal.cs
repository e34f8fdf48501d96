namespace PluginUpgrade.Planning;

public enum StepOrder
{
    /// <summary>The installation step of a version, then that version on every instance, then the next version.</summary>
    VersionByVersion,

    /// <summary>All installation steps, then each instance through its whole range.</summary>
    InstallationFirst,
}

/// <summary>What the user asked for.</summary>
public sealed record Goal
{
    public UpgradeVersion? From { get; init; }

    /// <summary>Null: the newest module's version.</summary>
    public UpgradeVersion? To { get; init; }

    /// <summary>Run nothing: only record <see cref="To"/>, of which no module, payload or declaration needs to know.</summary>
    public bool RecordOnly { get; init; }

    /// <summary>Versions that something in the drop folder is of which cannot be used: they are known anyway.</summary>
    public IReadOnlyList<UpgradeVersion> KnownBesides { get; init; } = [];

    public bool Knows(UpgradeVersion version) => KnownBesides.Any(known => known >= version);

    public StepOrder Order { get; init; }

    /// <summary>Only some instances, and not the installation.</summary>
    public bool OnlyInstances { get; init; }

    /// <summary>Upgrade named instances although an installation step that they need has not run.</summary>
    public bool SkipInstallation { get; init; }

    /// <summary>The installation and no instance.</summary>
    public bool InstallationOnly { get; init; }

    /// <summary>Go on although the journal knows modules that are not in the drop folder.</summary>
    public bool AllowMissing { get; init; }

    /// <summary>Go on although modules have changed since they were applied.</summary>
    public bool AllowChanged { get; init; }

    /// <summary>Run modules that arrived late: older than a target's version.</summary>
    public bool AllowOutOfOrder { get; init; }

    /// <summary>
    /// What the installation's steps are to keep: that instances were left out which should have been upgraded before them. Empty: none.
    /// </summary>
    public string Without { get; init; } = "";

    /// <summary>Each instance's transactional steps in one transaction.</summary>
    public bool Atomic { get; init; }

    /// <summary>Which instances go first; null: all together.</summary>
    public Waves? Waves { get; init; }
}
