using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>F12: the connection of a side-by-side upgrade is cut.</summary>
public class ASwapThatIsCutOff(TestServer server, ITestOutputHelper output)
{
    /// <summary>Above all the answers of the exchange; at night each message of the whole run.</summary>
    [Theory]
    [InlineData("Beside", CutMode.BeforeReply, false, true)]
    [NightlyData("Beside", CutMode.Before, false, true)]
    [NightlyData("BesideFollowing", CutMode.BeforeReply, false, false)]
    [NightlyData("Beside", CutMode.BeforeReply, false, false)]
    [NightlyData("Beside", CutMode.Before, true, false)]
    public Task F12_a_cut_at_each_message_leaves_one_live_schema(string module, CutMode mode, bool ofServer, bool onlyExchange) =>
        SwapFaults.CutAsync(output, module, mode, ofServer, onlyExchange, crashes: false, server);

    [Theory]
    [NightlyData("Beside", true)]
    [NightlyData("AcrossDatabases", true)]
    [NightlyData("Beside", false)]
    public Task F12_a_cut_at_each_message_leaves_one_live_database(string module, bool onlyExchange) =>
        SwapFaults.CutAsync(output, module, CutMode.BeforeReply, ofServer: false, onlyExchange, crashes: false, server, isDatabase: true);
}
