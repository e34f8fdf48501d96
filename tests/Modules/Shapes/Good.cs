using PluginUpgrade;
using ShapesBase;

// What the C# compiler makes of the ways in which a module can be written. The tests know each class by its name.
namespace Shapes;

public sealed class V1_001 : IUpgradeModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public sealed class V1_002 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        await instance.ExecuteAsync("SELECT 1", cancellationToken);
}

public sealed class V1_003 : IUpgradeModule
{
    Task IUpgradeModule.PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}

public abstract class OwnBase : IUpgradeModule
{
    public abstract Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken);
}

public sealed class V1_004 : OwnBase
{
    public override Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Inherits its hook from a generic class in another assembly.</summary>
public sealed class V1_005 : ModuleBase<int>;

public sealed class V1_006 : ModuleBase<string>
{
    public override Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Inherits its hook from an interface in another assembly.</summary>
public sealed class V1_007 : IInstallationOnly;

public static class Outer
{
    public sealed class V1_008 : IUpgradeModule
    {
        public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Has the hook's name and is a helper.</summary>
        private static Task PerInstance(string table) => Task.FromResult(table);

        public override string ToString() => PerInstance("story").ToString()!;
    }
}

public abstract class EmptyBase : IUpgradeModule;

/// <summary>The interface is named by the base class. Only because the method is virtual, the runtime calls it.</summary>
public class V1_009 : EmptyBase
{
    public virtual Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public sealed class V1_010 : V1_009
{
    public override Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>No module, since it does not implement the contract.</summary>
public sealed class V1_011;
