using PluginUpgrade;

namespace Asking;

public sealed class V1_001 : IUpgradeModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        Wish.DoAsync(installation, "Installation", "", cancellationToken);

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Wish.DoAsync(instance, "Instance", instance.Name, cancellationToken);
}

public sealed class V1_002 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Wish.DoAsync(instance, "Instance", instance.Name, cancellationToken);
}

/// <summary>Outside a transaction.</summary>
[UpgradeModule("1.003", Transactional = false, Repeatable = true)]
public sealed class V1_003 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Wish.DoAsync(instance, "Instance", instance.Name, cancellationToken);
}

public sealed class V1_004 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Wish.DoAsync(instance, "Instance", instance.Name, cancellationToken);
}
