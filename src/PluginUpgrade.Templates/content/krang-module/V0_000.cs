using PluginUpgrade;

namespace Upgrades;

/// <summary>Named for the version that it upgrades to. Once applied, it never changes: later changes are another module.</summary>
public sealed class V0_000 : IUpgradeModule
{
    /// <summary>Once for each instance, in one transaction with its journal row; search_path is the instance's schema.</summary>
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        // Write here what changes. Delete this method, or the other one, where nothing does.
        instance.ExecuteAsync("SELECT 1", cancellationToken);

    /// <summary>Once for the installation, before any instance is upgraded to this version.</summary>
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        installation.ExecuteAsync("SELECT 1", cancellationToken);
}
