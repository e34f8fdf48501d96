using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>F12: the server crashes during a side-by-side upgrade, while one of its answers is on the way.</summary>
public class ASwapWhoseServerCrashes(ITestOutputHelper output)
{
    /// <summary>The server crashes and recovers while one of its answers is on the way.</summary>
    [Theory]
    [InlineData("Beside", true)]
    [NightlyData("BesideFollowing", false)]
    public async Task F12_a_crash_of_the_server_at_each_message_leaves_one_live_schema(string module, bool onlyExchange)
    {
        await using var own = new TestServer { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } };
        await SwapFaults.CutAsync(output, module, CutMode.BeforeReply, ofServer: false, onlyExchange, crashes: true, own);
    }

    [Theory]
    [NightlyData("Beside", true)]
    [NightlyData("AcrossDatabases", false)]
    public async Task F12_a_crash_of_the_server_at_each_message_leaves_one_live_database(string module, bool onlyExchange)
    {
        await using var own = new TestServer { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } };
        await SwapFaults.CutAsync(output, module, CutMode.BeforeReply, ofServer: false, onlyExchange, crashes: true, own, isDatabase: true);
    }
}
