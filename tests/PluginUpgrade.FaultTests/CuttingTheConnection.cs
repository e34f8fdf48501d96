using Npgsql;
using PluginUpgrade.FaultTests.Proxies;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F3: a small plan over one instance behind a proxy; its connection is cut at the first message of the protocol, then at the second, and
/// so on until a run comes to its end uncut. After each cut the same command once more.
/// </summary>
public class CuttingTheConnection(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.002"];

    private readonly Suite _suite = new("F3", 0, output);

    /// <summary>
    /// Messages in front of which the server's state can differ: it executes at Execute and Query, and answers at Sync; what Parse,
    /// Bind and Describe do ends with the connection. <c>KRANG_CUTS=all</c> takes every message.
    /// </summary>
    private static bool Matters(FrontendMessage message) =>
        message.Type is '\0' or 'E' or 'Q' or 'S' or 'X' || Environment.GetEnvironmentVariable("KRANG_CUTS") == "all";

    /// <summary>The server answers at these; a cut behind another message is one in front of the next.</summary>
    private static bool IsAnswered(FrontendMessage message) => message.Type is '\0' or 'Q' or 'S';

    [Fact]
    public Task F3_before_each_message_loses_nothing_and_doubles_nothing() => CutEverywhereAsync(CutMode.BeforeForwarding, Matters);

    [Fact]
    public Task F3_before_each_answer_loses_nothing_and_doubles_nothing() => CutEverywhereAsync(CutMode.BeforeReply, IsAnswered);

    private async Task CutEverywhereAsync(CutMode mode, Func<FrontendMessage, bool> counts)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        var (next, cutting) = (0, true);
        await Task.WhenAll(WorkAsync(), WorkAsync());

        _suite.End(_suite["cut"], _suite["cut"]);
        // Two steps, and the journal's creation.
        if (mode == CutMode.BeforeForwarding) Assert.Equal(3, _suite["cut at Execute COMMIT"]);

        async Task WorkAsync()
        {
            while (Volatile.Read(ref cutting))
            {
                var at = new CutAt(Interlocked.Increment(ref next), mode, counts);
                if (!await TrialAsync(template, at, cancellation)) Volatile.Write(ref cutting, false);
            }
        }
    }

    /// <returns>Whether the connection was cut.</returns>
    private async Task<bool> TrialAsync(FleetTemplate template, CutAt at, CancellationToken cancellationToken)
    {
        await using var fleet = await template.CopyAsync(cancellationToken);
        var socket = new NpgsqlConnectionStringBuilder(fleet.Databases[0]);
        await using var proxy = new CuttingProxy(socket.Host!, socket.Port, at);
        fleet.Narrow("zorg", $"Host=127.0.0.1;Port={proxy.Port}", "V1_002");

        var first = await fleet.RunAsync(Command);
        await CheckAsync("cut");
        if (proxy.CutMessage is null)
        {
            if (first.ExitCode != 0) _suite.Violation($"uncut at {at.At}", first);
            return false;
        }
        _suite.Count("cut");
        _suite.Count($"then the run ended with exit code {first.ExitCode}");
        if (proxy.CutMessage is "Execute COMMIT") _suite.Count($"cut at {proxy.CutMessage}");

        first = await fleet.RunAsync(Command);
        if (first.ExitCode != 0) _suite.Violation($"{at.Mode} {at.At} ({proxy.CutMessage})", $"I7: {first}");
        await CheckAsync("resumed");
        return true;

        async Task CheckAsync(string when)
        {
            foreach (var violation in await fleet.CheckAsync(first, cancellationToken))
                _suite.Violation($"{at.Mode} {at.At} ({proxy.CutMessage}), {when}", $"{violation}\n{first}");
        }
    }
}
