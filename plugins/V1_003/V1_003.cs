using PluginUpgrade;

namespace Cms.Upgrade;

/// <summary>
/// Renames the directory that holds add-ons: done once, not once for each instance. An installation that never had one is left as it is.
/// </summary>
[UpgradeModule("1.003", Description = "data/addons is now data/addon-db")]
public sealed class V1_003 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Path.Combine(installation.Root, "data", "addons")))
            await installation.Files.MoveAsync("data/addons", "data/addon-db", cancellationToken);
    }
}
