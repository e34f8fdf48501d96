using Npgsql;
using PluginUpgrade.FaultTests.Proxies;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F3: a small plan over one instance behind a proxy; its connection is cut at the first message of the protocol, then at the second, and
/// so on until a run comes to its end uncut: every boundary is met once. After each cut the same command once more.
/// </summary>
public class CuttingTheConnection(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.002"];

    private readonly Suite _suite = new("F3", 0, output);

    /// <summary>For every commit the answers are lost, COMMIT's among them; at night each message of either side, and its middle.</summary>
    [Theory]
    [InlineData(CutMode.BeforeReply, false)]
    [NightlyData(CutMode.Before, false)]
    [NightlyData(CutMode.Before, true)]
    [NightlyData(CutMode.Inside, false)]
    [NightlyData(CutMode.Inside, true)]
    public async Task F3_at_each_message_loses_nothing_and_doubles_nothing(CutMode mode, bool ofServer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var template = await FleetTemplate.MakeSmallAsync(server, cancellation);
        var (next, cutting) = (0, true);
        await Task.WhenAll(WorkAsync(), WorkAsync());

        _suite.End(_suite["cut"], _suite["cut"]);
        // Two steps, and the journal's creation. On a busy machine messages of a second connection move the numbers by one or two.
        if (!ofServer && mode != CutMode.BeforeReply) Assert.InRange(_suite["cut at Execute COMMIT"], 1, 6);
        if (ofServer) Assert.InRange(_suite["cut at CommandComplete COMMIT"], 1, 6);

        async Task WorkAsync()
        {
            using var host = Fleet.StartWarmHost();
            await using var fleet = await template.CopyAsync(cancellation);
            while (Volatile.Read(ref cutting))
            {
                var at = new CutAt(Interlocked.Increment(ref next), mode, ofServer);
                if (!await TrialAsync(fleet, host, at, cancellation)) Volatile.Write(ref cutting, false);
            }
        }
    }

    /// <returns>Whether the connection was cut.</returns>
    private async Task<bool> TrialAsync(Fleet fleet, WarmHost host, CutAt at, CancellationToken cancellationToken)
    {
        await fleet.BeginAnewAsync(cancellationToken);
        var socket = new NpgsqlConnectionStringBuilder(fleet.Databases[0]);
        await using var proxy = new CuttingProxy(socket.Host!, socket.Port, at);
        fleet.Narrow("acme", $"Host=127.0.0.1;Port={proxy.Port}", "V1_002");

        var end = await fleet.RunAsync(host, Command);
        if (proxy.CutMessage is null)
        {
            if (end.ExitCode != 0) _suite.Violation($"uncut at {at}", end);
            await CheckAsync("uncut");
            return false;
        }
        _suite.Count("cut");
        _suite.Count($"then the run ended with exit code {end.ExitCode}");
        if ($"{proxy.CutMessage}" is "Execute COMMIT" or "CommandComplete COMMIT") _suite.Count($"cut at {proxy.CutMessage}");
        await CheckAsync("cut");

        end = await fleet.RunAsync(host, Command);
        if (end.ExitCode != 0) _suite.Violation($"{at} ({proxy.CutMessage})", $"I7: {end}");
        await CheckAsync("resumed");
        return true;

        async Task CheckAsync(string when)
        {
            foreach (var violation in await fleet.CheckAsync(end, cancellationToken))
                _suite.Violation($"{at} ({proxy.CutMessage}), {when}", $"{violation}\n{end}");
        }
    }
}
