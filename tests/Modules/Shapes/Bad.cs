using PluginUpgrade;

// Hooks that compile, and that the runtime would never call.
namespace Shapes;

public sealed class V2_001 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance) => Task.FromResult(instance);
}

public sealed class V2_002 : IUpgradeModule
{
    /// <summary>Not public: the interface's own empty method stays in force.</summary>
    internal Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The interface is named by the base class, and this method is not virtual: the empty one stays in force.</summary>
public sealed class V2_003 : EmptyBase
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public sealed class V2_004 : IUpgradeModule
{
    public Task<int> PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.FromResult(1);
}

public sealed class V2_005 : IUpgradeModule
{
    public static Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public sealed class V2_006 : IUpgradeModule;
