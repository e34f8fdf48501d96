using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Proxies;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F9: every byte between host and server passes a proxy with latency, and at a random moment some connections stall, are half open, or
/// are reset. That the host ends at all is the point: <see cref="HostProcess.EndAsync"/> has a limit far beyond the host's own.
/// </summary>
public class ARoughNetwork(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.006"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 100, release: 300);
    private Suite _suite = null!;

    /// <summary>How many pieces a run forwards that nothing befalls.</summary>
    private int _pieces;

    [Fact]
    public async Task F9_costs_at_most_the_same_command_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F9", _plan, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        await using (var fleet = await template.CopyAsync(cancellation))
        {
            Assert.Equal(0, (await RunAsync(fleet, null)).ExitCode);
        }
        await Parallel.ForEachAsync(
            // They wait more than they work.
            Enumerable.Range(0, _plan.Count), new ParallelOptions { MaxDegreeOfParallelism = 5, CancellationToken = cancellation },
            async (trial, token) => await TrialAsync(template, trial, token));
        _suite.End(_plan.Count, _suite["connections"]);
    }

    private async Task TrialAsync(FleetTemplate template, int trial, CancellationToken cancellationToken)
    {
        var random = _plan.RandomOf(trial);
        var what = (Roughness)random.Next(5);
        await using var fleet = await template.CopyAsync(cancellationToken);
        var end = await RunAsync(fleet, random, what);
        await CheckAsync("rough");
        _suite.Count($"{what}: the run ended with exit code {end.ExitCode}");
        if (end.ExitCode is not (0 or 1 or 2)) _suite.Violation($"trial {trial}, {what}", $"{end}");
        if (end.Error.Contains("The connection was given up", StringComparison.Ordinal))
            _suite.Count("answers that did not come were noticed");

        end = await fleet.RunAsync(Command);
        if (end.ExitCode != 0) _suite.Violation($"trial {trial}, {what}", $"I7: one more run did not suffice: {end}");
        await CheckAsync("resumed");

        async Task CheckAsync(string when)
        {
            foreach (var violation in await fleet.CheckAsync(end, cancellationToken))
                _suite.Violation($"trial {trial}, {what}, {when}", $"{violation}\n{end}");
        }
    }

    /// <summary>Through the proxy, which is gone afterwards, and with it what it kept from both ends.</summary>
    private async Task<ProgramEnd> RunAsync(Fleet fleet, Random? random, Roughness what = default)
    {
        var direct = fleet.Settings["Installation"]!["Database"]!.GetValue<string>();
        var address = new NpgsqlConnectionStringBuilder(direct);
        var share = random?.Next(1, 3) / 2.0;
        await using var proxy = new RoughProxy(address.Host!, address.Port, TimeSpan.FromMilliseconds(3))
        {
            Moment = random is null ? null : (random.Next(1, _pieces + 1), moment => _suite.Count("connections",
                moment.Befall(what, () => random.NextDouble() < share, TimeSpan.FromMilliseconds(random.Next(100, 4000))))),
        };
        (address.Host, address.Port) = ("127.0.0.1", proxy.Port);
        fleet.Settings["Installation"]!["Database"] = address.ConnectionString;
        // What an operator has in seconds and minutes.
        fleet.Settings["Run"] = new JsonObject
        {
            ["Parallel"] = 3,
            ["LockTimeout"] = "00:00:01",
            ["ConnectTimeout"] = "00:00:02",
            ["KeepAlive"] = "00:00:01",
            ["ReconnectWithin"] = "00:00:05",
        };
        using var host = fleet.Start(Command);
        var end = await Fleet.EndAsync(host);
        if (random is null) _pieces = proxy.Forwarded;
        fleet.Settings["Installation"]!["Database"] = direct;
        return end;
    }
}
