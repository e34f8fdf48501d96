namespace PluginUpgrade;

/// <summary>What <see cref="IUpgradeModule.PerInstallation"/> receives: the installation.</summary>
public sealed class InstallationContext : UpgradeContext
{
    internal InstallationContext(ContextParts parts) : base(parts)
    {
    }

    /// <summary>The installation's root directory, absolute. To change files below it, use <see cref="Files"/>.</summary>
    public required string Root { get; init; }

    /// <summary>The names of all active instances, configured and discovered, sorted by name.</summary>
    public required IReadOnlyList<string> Instances { get; init; }

    /// <summary>Changes files below <see cref="Root"/>. The changes are undone if the step fails or krang-upgrade dies.</summary>
    public required InstallationFiles Files { get; init; }
}
