using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using PluginUpgrade.Payloads;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Running;

public sealed class ADryRunWithoutItsRoot
{
    /// <summary>A lane that throws would lose the outcomes of the others.</summary>
    [Fact]
    public async Task Has_an_outcome_as_every_lane_has()
    {
        ConnectionSettings connection = new("tests", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        RunContext context = new()
        {
            RunId = Guid.Empty,
            Root = "/no/such/root",
            Connection = connection,
            SearchPath = [],
            Instances = [],
            ModuleSettings = new ConfigurationBuilder().Build(),
            Kept = new KeptPaths([]),
            Time = TimeProvider.System,
        };
        var events = Channel.CreateUnbounded<UpgradeEvent>();
        using ServerLimits limits = new(1, connection.Servers);
        Lane lane = new(Fleet.Target("acme"), [new RunModule(Fleet.Module("1")) { Version = UpgradeVersion.Parse("1") }]);

        var outcome = await new DryLaneRunner(context, null!, limits, events.Writer).RunAsync(
            lane, CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.NotNull(outcome.Failure);
        Assert.Equal((0, 1), (outcome.Done, outcome.Left));
        Assert.True(events.Reader.TryRead(out var told));
        Assert.IsType<UpgradeEvent.LaneFailed>(told);
    }
}
