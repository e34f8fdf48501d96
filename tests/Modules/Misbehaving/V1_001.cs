using PluginUpgrade;

namespace Misbehaving;

public sealed class V1_001 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        await instance.ExecuteAsync("CREATE TABLE story (told text); CREATE TABLE other (told text)", cancellationToken);
}
