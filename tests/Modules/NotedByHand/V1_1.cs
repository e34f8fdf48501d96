using PluginUpgrade;

namespace NotedByHand;

public sealed class V1_1 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.ExecuteAsync("ALTER TABLE item ADD COLUMN note text", cancellationToken);
}
