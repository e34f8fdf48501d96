namespace PluginUpgrade;

/// <summary>What <see cref="IUpgradeModule.PerInstallation"/> is given: the installation.</summary>
public sealed class InstallationContext : UpgradeContext
{
    internal InstallationContext(ContextParts parts) : base(parts)
    {
    }

    /// <summary>The installation's root directory, absolute. To change files below it, use <see cref="Files"/>.</summary>
    public required string Root { get; init; }

    /// <summary>The names of all active instances, configured and discovered, in the order of their names.</summary>
    public required IReadOnlyList<string> Instances { get; init; }

    /// <summary>Changes to files below <see cref="Root"/> that are undone when the step fails or krang-upgrade dies.</summary>
    public required InstallationFiles Files { get; init; }
}
