using PluginUpgrade;

namespace Counted;

/// <summary>Outside a transaction; fails the second time, and can tell whether it was done.</summary>
[UpgradeModule("1.007", Transactional = false)]
public sealed class V1_007 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Effect.LeaveAtOnceAsync(instance, "instance", nameof(V1_007), cancellationToken);

    public async Task<StepEffect> VerifyInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        await Effect.IsLeftAsync(instance, "instance", nameof(V1_007), cancellationToken) ? StepEffect.Applied : StepEffect.NotApplied;
}
