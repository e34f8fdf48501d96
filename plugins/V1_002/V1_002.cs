using PluginUpgrade;

namespace Cms.Upgrade;

/// <summary>The change of the seed document: stories get a new property, so every instance's table gets a new column.</summary>
[UpgradeModule("1.002", Description = "Stories know their foo")]
public sealed class V1_002 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.ExecuteAsync("ALTER TABLE story ADD COLUMN foo_id integer NOT NULL DEFAULT 0", cancellationToken);
}
