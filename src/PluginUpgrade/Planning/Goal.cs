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

    public StepOrder Order { get; init; }

    /// <summary>Only these instances and not the installation; null: all, and the installation.</summary>
    public IReadOnlySet<string>? Only { get; init; }

    /// <summary>Upgrade named instances although an installation step that they need has not run.</summary>
    public bool SkipInstallation { get; init; }

    /// <summary>The installation and no instance.</summary>
    public bool InstallationOnly { get; init; }

    /// <summary>Go on although the journal knows modules that are not in the drop folder.</summary>
    public bool AllowMissing { get; init; }

    /// <summary>Go on although modules have changed since they were applied.</summary>
    public bool AllowChanged { get; init; }

    /// <summary>Run modules that arrived late: older than where a target stands.</summary>
    public bool AllowOutOfOrder { get; init; }
}
