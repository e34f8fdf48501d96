using PluginUpgrade;

namespace Upgrades;

/// <summary>The class name is the version that it upgrades to. Never change an applied module: write another one.</summary>
public sealed class V0_000 : IUpgradeModule
{
    /// <summary>Runs once for each instance, in one transaction with its journal row; search_path is the instance's schema.</summary>
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        // Write the changes here. Delete this method, or the other one, if it has nothing to do.
        instance.ExecuteAsync("SELECT 1", cancellationToken);

    /// <summary>Runs once for the installation, before any instance is upgraded to this version.</summary>
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        installation.ExecuteAsync("SELECT 1", cancellationToken);
}
