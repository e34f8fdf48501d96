using PluginUpgrade;

namespace WikiSteps;

/// <summary>Sees what is new, and still what ends at its version.</summary>
[UpgradeModule("0.6.1", Description = "the extra information becomes the information")]
public sealed class V0_6_1 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync(
            "UPDATE users SET info = coalesce(extra_info, ''), created_by = coalesce(created_by, id), postcode = upper(postcode)",
            cancellationToken);
        await instance.ExecuteAsync("UPDATE pages SET status = 'archived' WHERE title = 'old'", cancellationToken);
    }
}
