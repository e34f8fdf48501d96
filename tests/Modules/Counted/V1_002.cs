using PluginUpgrade;

namespace Counted;

public sealed class V1_002 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Effect.LeaveAsync(instance, "instance", nameof(V1_002), cancellationToken);
}
