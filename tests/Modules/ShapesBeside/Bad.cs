using PluginUpgrade;

// What compiles, and is wrong.
namespace ShapesBeside;

public sealed class V2_001 : ISideBySideModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

[Carries("big")]
public sealed class V2_002 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

[Carries(" ")]
[Carries("a table whose name is much longer than what PostgreSQL keeps of one")]
public sealed class V2_003 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

[RequiresExactly("2.4")]
public sealed class V2_004 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

[RequiresExactly("soon")]
public sealed class V2_005 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public sealed class V2_006 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Drain(InstanceContext live, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CatchUp(InstanceContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<List<string>> Verify(SideBySideContext next, CancellationToken cancellationToken) => Task.FromResult<List<string>>([]);
}

public sealed class V2_007 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CatchUp(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}

public sealed class V2_008 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task CatchUp(SideBySideContext next, CancellationToken cancellationToken)
    {
    }
}

public sealed class V2_009 : ISideBySideModule
{
    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    Task ISideBySideModule.CatchUp(SideBySideContext next, CancellationToken cancellationToken)
    {
        var done = Task.FromResult(1);
        return done;
    }
}

/// <summary>Everything at once.</summary>
[UpgradeModule("2.010", Transactional = false)]
[RequiresExactly("2.011")]
[Carries("")]
public sealed class V2_010 : ISideBySideModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Build(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;
}
