using System.Diagnostics;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F7: SIGSTOP of a host at a random moment, a second host with the same command, then SIGCONT. In two thirds of the trials the server
/// ends the sleeper's sessions, so that the second takes over, and the sleeper wakes during or after that.
/// </summary>
public class AFrozenHost(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.004"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 100, release: 500);
    private Suite _suite = null!;
    private TimeSpan _duration;

    [Fact]
    public async Task F7_does_nothing_twice_when_it_wakes_beside_another_or_after_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F7", _plan, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        _duration = await DurationAsync(template, cancellation);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _plan.Count), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation },
            async (trial, token) => await TrialAsync(template, trial, token));
        _suite.End(_plan.Count, _suite["freezes"]);
    }

    /// <summary>As in the trials: two side by side.</summary>
    private static async Task<TimeSpan> DurationAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        var durations = await Task.WhenAll(MeasureAsync(), MeasureAsync());
        return (durations[0] + durations[1]) / 2;

        async Task<TimeSpan> MeasureAsync()
        {
            await using var fleet = await SmallAsync(template, cancellationToken);
            var start = Stopwatch.GetTimestamp();
            var end = await fleet.RunAsync(Command);
            Assert.True(end.ExitCode == 0, $"{end}");
            return Stopwatch.GetElapsedTime(start);
        }
    }

    private static async Task<Fleet> SmallAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        var fleet = await template.CopyAsync(cancellationToken);
        // Mostly installation steps: they change files, which no transaction protects from a sleeper.
        fleet.Narrow(["acme"], "V1_004", seconds: "0.03");
        fleet.Settings["Run"]!["LockTimeout"] = "00:00:00.3";
        return fleet;
    }

    private async Task TrialAsync(FleetTemplate template, int trial, CancellationToken cancellationToken)
    {
        var random = _plan.RandomOf(trial);
        await using var fleet = await SmallAsync(template, cancellationToken);
        await using var attacker = await Attacker.OfAsync(fleet, cancellationToken);
        using var sleeper = fleet.Start(Command);
        var slept = Fleet.EndAsync(sleeper);
        await Task.WhenAny(slept, Task.Delay(_duration * (0.2 + 0.8 * random.NextDouble()), cancellationToken));
        if (slept.IsCompleted) _suite.Count("runs that were over before their freeze");
        else await FreezeAsync(fleet, sleeper, attacker, random, trial, cancellationToken);
        Judge(await slept, "the sleeper", trial);

        var end = await fleet.RunAsync(Command);
        foreach (var violation in await fleet.CheckAsync(end, cancellationToken)) _suite.Violation($"trial {trial}", $"{violation}\n{end}");
        if (end.ExitCode != 0) _suite.Violation($"trial {trial}", $"I7: one more run did not suffice: {end}");
    }

    private async Task FreezeAsync(
        Fleet fleet, HostProcess sleeper, Attacker attacker, Random random, int trial, CancellationToken cancellationToken)
    {
        sleeper.Signal("STOP");
        _suite.Count("freezes");
        var takeover = random.Next(3) > 0;
        var ended = takeover ? await attacker.TerminateAllAsync(sleeper.Id, cancellationToken) : 0;
        if (ended > 0) _suite.Count("sleepers whose sessions the server ended");

        using var other = fleet.Start(Command);
        var overtaken = Fleet.EndAsync(other);
        var wakes = random.Next(2) == 0 ? overtaken : Task.Delay(_duration * random.NextDouble() * 1.5, cancellationToken);
        await Task.WhenAny(wakes, overtaken);
        _suite.Count(overtaken.IsCompleted ? "woken after the second host's end" : "woken beside the second host");
        sleeper.Signal("CONT");

        var end = await overtaken;
        Judge(end, takeover ? "the second host, of a takeover" : "the second host", trial);
        // What may keep it from the end is the sleeper's files alone, or that the sleeper woke in time to take its place.
        if (takeover && end.ExitCode == 2 && wakes == overtaken && !end.Error.Contains("KU-5028", StringComparison.Ordinal))
            _suite.Violation($"trial {trial}", $"refused, although the sleeper had no session any more: {end}");
    }

    private void Judge(ProgramEnd end, string who, int trial)
    {
        var held = end.Error.Contains("KU-5028", StringComparison.Ordinal) ? ", KU-5028" : "";
        _suite.Count($"{who} ended with exit code {end.ExitCode}{held}");
        if (end.ExitCode is not (0 or 1 or 2)) _suite.Violation($"trial {trial}, {who}", $"I8: {end}");
        if (end.Error.Contains("KU-9001", StringComparison.Ordinal))
            _suite.Violation($"trial {trial}, {who}", $"nobody foresaw this: {end}");
    }
}
