using PluginUpgrade;

namespace Counted;

public sealed class V1_006 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await Effect.NoteAsync(installation, nameof(V1_006), cancellationToken);
        await installation.Files.RemoveAsync("data/cache", cancellationToken);
        await Effect.LeaveAsync(installation, "installation", nameof(V1_006), cancellationToken);
    }
}
