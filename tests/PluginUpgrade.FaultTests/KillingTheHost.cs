using System.Diagnostics;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>F1: SIGKILL of the real program at a random moment, then the same command again.</summary>
public class KillingTheHost(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.008"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 30, nightly: 2_000, release: 10_000);
    private Suite _suite = null!;

    [Fact]
    public async Task F1_at_a_random_moment_leaves_every_effect_exactly_once_after_one_more_run()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F1", _plan, output);
        // Lanes side by side in one trial of eight; the others are one instance, and short.
        var large = await Victim.MakeAsync(await FleetTemplate.MakeAsync(server, cancellation), hurries: false, cancellation);
        var small = await Victim.MakeAsync(await FleetTemplate.MakeSmallAsync(server, cancellation), hurries: true, cancellation);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, _plan.Count), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation },
            async (trial, token) => await TrialAsync(trial % 8 == 0 ? large : small, trial, token));

        _suite.End(_plan.Count, _suite["SIGKILLs"]);
    }

    private async Task TrialAsync(Victim victim, int trial, CancellationToken cancellationToken)
    {
        var random = _plan.RandomOf(trial);
        await using var fleet = await victim.CopyAsync(cancellationToken);
        // In half of the trials runs that resume are killed as well.
        var kills = random.Next(2) == 0 ? 1 : random.Next(2, 12);
        var landed = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            if (!await KillAsync(victim, fleet, trial, random.NextDouble() * 1.1, cancellationToken)) break;
            landed++;
        }

        var end = await fleet.RunAsync(Command);
        foreach (var violation in await fleet.CheckAsync(end, cancellationToken)) _suite.Violation($"trial {trial}", violation);
        if (end.ExitCode != 0) _suite.Violation($"trial {trial}", $"I7: one more run did not suffice: {end}");
        _suite.Count("SIGKILLs", landed);
        if (landed > 0) _suite.Count($"last kill landed {await PlaceAsync(fleet, end, cancellationToken)}");
    }

    /// <param name="moment">From 0, the start, to 1, when an undisturbed run would end.</param>
    /// <returns>Whether the host was still at work.</returns>
    private async Task<bool> KillAsync(Victim victim, Fleet fleet, int trial, double moment, CancellationToken cancellationToken)
    {
        var isFresh = !Directory.Exists(Path.Combine(fleet.Root, "data", "upgrade-logs"));
        var start = Stopwatch.GetTimestamp();
        using var host = fleet.Start(Command);
        var ended = Fleet.EndAsync(host);
        if (await Task.WhenAny(ended, Task.Delay(victim.Duration * moment, cancellationToken)) != ended) host.Kill();
        else if (isFresh) victim.Correct(Stopwatch.GetElapsedTime(start));
        var end = await ended;
        if (end.ExitCode is not (0 or 137)) _suite.Violation($"trial {trial}", $"I7: a run that resumed failed: {end}");
        if (Directory.Exists(Path.Combine(fleet.Root, "data", "upgrade-undo"))) _suite.Count("changes to files were left to undo");
        return end.ExitCode != 0;
    }

    /// <summary>Where the kills landed, as the databases tell afterwards.</summary>
    private async Task<string> PlaceAsync(Fleet fleet, ProgramEnd end, CancellationToken cancellationToken)
    {
        List<TargetState> states = [];
        foreach (var target in fleet.Expectation.Targets) states.Add(await TargetState.ReadAsync(target, cancellationToken));
        // What was begun more often than it is there was cut off.
        var cut = states.Sum(state => state.Attempts) - fleet.Steps;
        for (var i = 0; i < cut; i++) _suite.Count("steps cut off by kills");
        if (cut > 0) return "inside steps";
        if (end.Output.StartsWith("Nothing to do", StringComparison.Ordinal)) return "after the last step";
        return states.SelectMany(state => state.Journal).Where(line => line.State == "done").Select(line => line.Run).Distinct().Count() > 1
            ? "between steps" : "before the first step";
    }

    /// <summary>
    /// A fleet to kill, and how long its run takes. Runs that were over before their kill correct that, as the load changes.
    /// </summary>
    private sealed class Victim(FleetTemplate template, bool hurries)
    {
        public TimeSpan Duration { get; private set; }

        public void Correct(TimeSpan duration) => Duration = (Duration + duration) / 2;

        public static async Task<Victim> MakeAsync(FleetTemplate template, bool hurries, CancellationToken cancellationToken)
        {
            var victim = new Victim(template, hurries);
            // As in the trials: two side by side. The second pair counts, when everything is in the disk's cache.
            for (var i = 0; i < 2; i++)
            {
                var durations = await Task.WhenAll(victim.MeasureAsync(cancellationToken), victim.MeasureAsync(cancellationToken));
                victim.Duration = (durations[0] + durations[1]) / 2;
            }
            return victim;
        }

        public async Task<Fleet> CopyAsync(CancellationToken cancellationToken)
        {
            var fleet = await template.CopyAsync(cancellationToken);
            fleet.Newest = "V1_008";
            if (hurries) fleet.Hurry();
            return fleet;
        }

        private async Task<TimeSpan> MeasureAsync(CancellationToken cancellationToken)
        {
            await using var fleet = await CopyAsync(cancellationToken);
            var start = Stopwatch.GetTimestamp();
            var end = await fleet.RunAsync(Command);
            var duration = Stopwatch.GetElapsedTime(start);
            Assert.True(end.ExitCode == 0, $"{end}");
            Assert.Empty(await fleet.CheckAsync(end, cancellationToken));
            return duration;
        }
    }
}
