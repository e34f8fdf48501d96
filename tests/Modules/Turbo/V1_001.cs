using Newtonsoft.Json;
using PluginUpgrade;

namespace AddOn;

/// <summary>Has its like, of the same name, in another add-on with another version of the same package.</summary>
[UpgradeModule("1.001", Component = "Turbo")]
public sealed class V1_001 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => instance.ExecuteAsync(
        $"CREATE TABLE IF NOT EXISTS addon_json (what text); INSERT INTO addon_json VALUES ('{this}')", cancellationToken);

    public override string ToString() =>
        $"Turbo with {JsonConvert.SerializeObject(typeof(JsonConvert).Assembly.GetName().Version!.Major)}";
}
