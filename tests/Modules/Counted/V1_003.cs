using PluginUpgrade;

namespace Counted;

public sealed class V1_003 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await Effect.NoteAsync(installation, nameof(V1_003), cancellationToken);
        await installation.Files.MoveAsync("data/addons", "data/addon-db", cancellationToken);
        await Effect.LeaveAsync(installation, "installation", nameof(V1_003), cancellationToken);
    }

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Effect.LeaveAsync(instance, "instance", nameof(V1_003), cancellationToken);
}
