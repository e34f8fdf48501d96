using PluginUpgrade;

namespace Counted;

public sealed class V1_001 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await Effect.NoteAsync(installation, nameof(V1_001), cancellationToken);
        await Effect.LeaveAsync(installation, "installation", nameof(V1_001), cancellationToken);
    }

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Effect.LeaveAsync(instance, "instance", nameof(V1_001), cancellationToken);
}
