using PluginUpgrade;

namespace ShapesBase;

public abstract class ModuleBase<T> : IUpgradeModule
{
    public virtual Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public interface IInstallationOnly : IUpgradeModule
{
    Task IUpgradeModule.PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}
