using PluginUpgrade;

// What the C# compiler makes of the ways in which a side-by-side module can be written. The tests know each class by its name.
namespace ShapesBeside;

public sealed class V1_001 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => next.ExecuteAsync("SELECT 1", cancellationToken);
}

[Carries("wide")]
[Carries("big")]
[RequiresExactly("1.001")]
public sealed class V1_002 : IUpgradeModule, ISideBySideModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<bool> Drain(InstanceContext live, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task CatchUp(SideBySideContext next, CancellationToken cancellationToken) =>
        next.ReplayAsync("story", "SELECT 1", cancellationToken);

    public Task<IReadOnlyList<string>> Verify(SideBySideContext next, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}

public sealed class V1_003 : ISideBySideModule
{
    Task ISideBySideModule.Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    Task<bool> ISideBySideModule.Drain(InstanceContext live, CancellationToken cancellationToken) => Task.FromResult(false);

    async Task ISideBySideModule.CatchUp(SideBySideContext next, CancellationToken cancellationToken) =>
        await next.ReplayAsync("story", "SELECT 1", cancellationToken);

    Task<IReadOnlyList<string>> ISideBySideModule.Verify(SideBySideContext next, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(["Nothing is right."]);
}

[Carries("big")]
[RequiresExactly("1.002")]
public abstract class Shared : ISideBySideModule
{
    public abstract Task Build(SideBySideContext next, CancellationToken cancellationToken);

    public virtual Task CatchUp(SideBySideContext next, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A class of this kind says how.");
}

[Carries("big")]
[Carries("Own")]
[RequiresExactly("1.003")]
public sealed class V1_004 : Shared
{
    public override Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

public interface IAlwaysDrained : ISideBySideModule
{
    Task<bool> ISideBySideModule.Drain(InstanceContext live, CancellationToken cancellationToken) => Task.FromResult(true);
}

public sealed class V1_005 : IAlwaysDrained
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>A plain module: methods of these names are its own.</summary>
public class V1_006 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Build("story");

    public Task Build(string table) => Task.FromResult(table);

    public bool Drain() => true;

    public virtual Task CatchUp(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    public static Task Verify(int count) => Task.FromResult(count);
}

/// <summary>Only its installation step is outside a transaction; that may run again.</summary>
[UpgradeModule("1.007", Transactional = false, Repeatable = true)]
public sealed class V1_007 : ISideBySideModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Its build needs neither Repeatable nor a verification: it is begun again.</summary>
[UpgradeModule("1.008", Transactional = false)]
public sealed class V1_008 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}
