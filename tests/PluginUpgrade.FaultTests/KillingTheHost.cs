using System.Collections.Concurrent;
using System.Diagnostics;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>F1: SIGKILL of the real program at a random moment, then the same command again.</summary>
public class KillingTheHost(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.006"];

    private readonly ConcurrentDictionary<string, int> _tally = new();
    private readonly ConcurrentQueue<string> _violations = new();

    /// <summary>How long an undisturbed run takes. Runs that were over before their kill correct it, as the load changes.</summary>
    private TimeSpan _duration;

    [Fact]
    public async Task F1_at_a_random_moment_leaves_every_effect_exactly_once_after_one_more_run()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var plan = TrialPlan.Of(perCommit: 100);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        _duration = await DurationAsync(template, cancellation);
        var start = Stopwatch.GetTimestamp();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, plan.Count), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation },
            async (trial, token) => await TrialAsync(template, plan, trial, token));

        output.WriteLine($"seed {plan.Seed}, {plan.Count} trials in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        output.WriteLine($"a run undisturbed, as estimated at the end: {_duration.TotalSeconds:0.00} s");
        foreach (var (what, count) in _tally.OrderBy(entry => entry.Key)) output.WriteLine($"{what}: {count}");
        Assert.True(_violations.IsEmpty, $"seed {plan.Seed}\n{string.Join('\n', _violations)}");
    }

    /// <summary>As in the trials: two side by side. The second pair counts, when everything is in the disk's cache.</summary>
    private static async Task<TimeSpan> DurationAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        TimeSpan[] durations = [];
        for (var i = 0; i < 2; i++)
            durations = await Task.WhenAll(MeasureAsync(), MeasureAsync());
        return (durations[0] + durations[1]) / 2;

        async Task<TimeSpan> MeasureAsync()
        {
            await using var fleet = await template.CopyAsync(cancellationToken);
            var start = Stopwatch.GetTimestamp();
            var end = await fleet.RunAsync(Command);
            var duration = Stopwatch.GetElapsedTime(start);
            Assert.True(end.ExitCode == 0, $"{end}");
            Assert.Empty(await fleet.CheckAsync(end, cancellationToken));
            return duration;
        }
    }

    private async Task TrialAsync(FleetTemplate template, TrialPlan plan, int trial, CancellationToken cancellationToken)
    {
        var random = plan.RandomOf(trial);
        await using var fleet = await template.CopyAsync(cancellationToken);
        // In every fourth trial the run that resumes is killed as well.
        var kills = random.Next(4) == 0 ? 2 : 1;
        var landed = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            var moment = _duration * (random.NextDouble() * 1.1);
            if (await KillAsync(fleet, moment, cancellationToken)) landed++;
        }

        var end = await fleet.RunAsync(Command);
        List<string> wrong = [.. (await fleet.CheckAsync(end, cancellationToken)).Select(violation => $"{violation}")];
        if (end.ExitCode != 0) wrong.Add($"I7: one more run did not suffice: {end}");
        foreach (var violation in wrong) _violations.Enqueue($"trial {trial}: {violation}");
        Count($"killed {landed} times");
        if (landed > 0) Count($"last kill landed {await PlaceAsync(fleet, end, cancellationToken)}");
    }

    /// <returns>Whether the host was still at work.</returns>
    private async Task<bool> KillAsync(Fleet fleet, TimeSpan moment, CancellationToken cancellationToken)
    {
        var isFresh = !Directory.Exists(Path.Combine(fleet.Root, "data", "upgrade-logs"));
        var start = Stopwatch.GetTimestamp();
        using var host = fleet.Start(Command);
        var ended = Fleet.EndAsync(host);
        if (await Task.WhenAny(ended, Task.Delay(moment, cancellationToken)) != ended) host.Kill();
        else if (isFresh) _duration = (_duration + Stopwatch.GetElapsedTime(start)) / 2;
        var end = await ended;
        if (end.ExitCode is not (0 or 137)) _violations.Enqueue($"I7: a run that resumed failed: {end}");
        if (Directory.Exists(Path.Combine(fleet.Root, "data", "upgrade-undo"))) Count("changes to files were left to undo");
        return end.ExitCode != 0;
    }

    /// <summary>Where the kills landed, as the databases tell afterwards.</summary>
    private async Task<string> PlaceAsync(Fleet fleet, ProgramEnd end, CancellationToken cancellationToken)
    {
        List<TargetState> states = [];
        foreach (var target in fleet.Expectation.Targets) states.Add(await TargetState.ReadAsync(target, cancellationToken));
        // What was begun more often than it is there was cut off.
        var cut = states.Sum(state => state.Attempts) - Fleet.Steps;
        for (var i = 0; i < cut; i++) Count("steps cut off by kills");
        if (cut > 0) return "inside steps";
        if (end.Output.StartsWith("Nothing to do", StringComparison.Ordinal)) return "after the last step";
        return states.SelectMany(state => state.Journal).Where(line => line.State == "done").Select(line => line.Run).Distinct().Count() > 1
            ? "between steps" : "before the first step";
    }

    private void Count(string what) => _tally.AddOrUpdate(what, 1, (_, count) => count + 1);
}
