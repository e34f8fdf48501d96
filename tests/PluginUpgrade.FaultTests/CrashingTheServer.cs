using System.Diagnostics;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F5: the server ends at a random moment of a run, and is started again after a while: <c>stop -m immediate</c>, SIGKILL of its first
/// process, <c>stop -m fast</c>, or SIGKILL of one of its other processes, after which it restarts all of them itself.
/// </summary>
public class CrashingTheServer(ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.006"];
    private static readonly string[] Ways = ["QUIT", "KILL", "QUIT", "KILL", "INT", "a backend"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 100, release: 500);
    private Suite _suite = null!;

    [Fact]
    public async Task F5_at_a_random_moment_costs_at_most_the_same_command_again()
    {
        _suite = new Suite("F5", _plan, output);
        var next = -1;
        await Task.WhenAll(WorkAsync(), WorkAsync());
        _suite.End(_plan.Count, _suite["crashes during a run"]);

        // A server of its own for each: a crash is everybody's.
        async Task WorkAsync()
        {
            // What is told to be committed is to outlive the server; no more than that, since the machine does not crash.
            await using var server = new TestServer { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } };
            var template = await FleetTemplate.MakeAsync(server, TestContext.Current.CancellationToken);
            var duration = await DurationAsync(template);
            int trial;
            while ((trial = Interlocked.Increment(ref next)) < _plan.Count) await TrialAsync(server, template, duration, trial);
        }
    }

    private static async Task<TimeSpan> DurationAsync(FleetTemplate template)
    {
        await using var fleet = await template.CopyAsync(TestContext.Current.CancellationToken);
        var start = Stopwatch.GetTimestamp();
        var end = await fleet.RunAsync(Command);
        Assert.True(end.ExitCode == 0, $"{end}");
        return Stopwatch.GetElapsedTime(start);
    }

    private async Task TrialAsync(TestServer server, FleetTemplate template, TimeSpan duration, int trial)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var random = _plan.RandomOf(trial);
        var way = Ways[random.Next(Ways.Length)];
        await using var fleet = await template.CopyAsync(cancellation);
        using var host = fleet.Start(Command);
        var ended = Fleet.EndAsync(host);
        await Task.WhenAny(ended, Task.Delay(duration * random.NextDouble(), cancellation));
        if (!ended.IsCompleted) _suite.Count("crashes during a run");
        await CrashAsync(server, way, TimeSpan.FromMilliseconds(random.Next(0, 1500)));
        // What the checker keeps open ended with the server too.
        NpgsqlConnection.ClearAllPools();

        var end = await ended;
        await CheckAsync(end, "crashed");
        _suite.Count($"{way}: the run ended with exit code {end.ExitCode}");
        if (end.Error.Contains("started again", StringComparison.Ordinal)) _suite.Count("steps were tried again in the same run");
        if (end.ExitCode is not (0 or 1 or 2)) _suite.Violation($"trial {trial}", $"{end}");

        end = await fleet.RunAsync(Command);
        if (end.ExitCode != 0) _suite.Violation($"trial {trial}, {way}", $"I7: one more run did not suffice: {end}");
        await CheckAsync(end, "resumed");

        async Task CheckAsync(ProgramEnd now, string when)
        {
            foreach (var violation in await fleet.CheckAsync(now, cancellation))
                _suite.Violation($"trial {trial}, {way}, {when}", $"{violation}\n{now}");
        }
    }

    private static async Task CrashAsync(TestServer server, string way, TimeSpan downtime)
    {
        if (way == "a backend")
        {
            await server.CrashBackendAsync();
            return;
        }
        await server.EndAsync(way);
        await Task.Delay(downtime, TestContext.Current.CancellationToken);
        await server.RestartAsync();
    }
}
