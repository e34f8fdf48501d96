using System.Diagnostics;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F6: two to eight hosts on the same fleet, some over all of it and some over named instances, begun within a run's length of each other;
/// some are killed. Then one more run.
/// </summary>
public class SeveralHostsAtOnce(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.003"];

    /// <summary>Named instances take no lock of the whole run: these meet the others at the targets' own locks.</summary>
    private static readonly string[][] Commands =
        [Command, Command, ["upgrade", "acme", "--to", "1.002"], ["upgrade", "acme", "globex", "--to", "1.003"]];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 300, release: 1_000);
    private Suite _suite = null!;

    /// <summary>How long a run takes that is alone: a moment means the same on a fast machine and on a busy one.</summary>
    private TimeSpan _duration;

    [Fact]
    public async Task F6_never_are_two_inside_one_target_and_one_more_run_completes_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F6", _plan, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        _duration = await DurationAsync(template, cancellation);
        // One race after another: the hosts of one are enough for the processors.
        for (var trial = 0; trial < _plan.Count; trial++) await RaceAsync(template, trial, cancellation);
        _suite.End(_plan.Count, _suite["races"]);
    }

    private static async Task<TimeSpan> DurationAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        await using var fleet = await SmallAsync(template, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        var end = await fleet.RunAsync(Command);
        Assert.True(end.ExitCode == 0, $"{end}");
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<Fleet> SmallAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        var fleet = await template.CopyAsync(cancellationToken);
        fleet.Narrow(["acme", "globex"], "V1_003", seconds: "0.05");
        return fleet;
    }

    private async Task RaceAsync(FleetTemplate template, int trial, CancellationToken cancellationToken)
    {
        var random = _plan.RandomOf(trial);
        await using var fleet = await SmallAsync(template, cancellationToken);
        // Some give up at once, some wait for the others' end.
        fleet.Settings["Run"]!["LockTimeout"] = random.Next(2) == 0 ? "00:00:00.1" : "00:00:02";
        // Rather few than many: of eight, most are refused.
        var hosts = Enumerable.Range(0, 2 + Math.Min(random.Next(7), random.Next(7))).Select(_ => Draw(random)).ToList();
        var ends = await Task.WhenAll(hosts.Select(host => RunAsync(fleet, host, cancellationToken)));

        var end = await fleet.RunAsync(Command);
        foreach (var violation in await fleet.CheckAsync(end, cancellationToken)) _suite.Violation($"race {trial}", violation);
        if (end.ExitCode != 0) _suite.Violation($"race {trial}", $"I7: one more run did not suffice: {end}");
        await TellAsync(fleet, trial, [.. ends.Zip(hosts, (ended, host) => (ended, host.Kill is not null))], cancellationToken);
    }

    /// <param name="Kill">When it is killed, after its start; null: never.</param>
    private sealed record Host(string[] Command, TimeSpan Delay, TimeSpan? Kill);

    private Host Draw(Random random) => new(
        Commands[random.Next(Commands.Length)], _duration * random.NextDouble(),
        random.Next(3) == 0 ? _duration * (0.3 + 1.2 * random.NextDouble()) : null);

    private static async Task<ProgramEnd> RunAsync(Fleet fleet, Host host, CancellationToken cancellationToken)
    {
        await Task.Delay(host.Delay, cancellationToken);
        using var process = fleet.Start(host.Command);
        var ended = Fleet.EndAsync(process);
        if (host.Kill is { } kill && await Task.WhenAny(ended, Task.Delay(kill, cancellationToken)) != ended) process.Kill();
        return await ended;
    }

    /// <summary>What can be said of each host when all are over.</summary>
    private async Task TellAsync(
        Fleet fleet, int trial, IReadOnlyList<(ProgramEnd End, bool Killed)> ends, CancellationToken cancellationToken)
    {
        _suite.Count("races");
        _suite.Count("hosts", ends.Count);
        foreach (var (end, killed) in ends)
        {
            _suite.Count($"hosts that ended with exit code {end.ExitCode}");
            if (!(end.ExitCode is 0 or 1 or 2 || (killed && end.ExitCode == 137)))
                _suite.Violation($"race {trial}", $"I8: exit code {end.ExitCode}: {end}");
            if (end.Error.Contains("KU-9001", StringComparison.Ordinal)) _suite.Violation($"race {trial}", $"nobody foresaw this: {end}");
            if ($"{end}".Contains(Fleet.Canary, StringComparison.Ordinal)) _suite.Violation($"race {trial}", $"I9: {end}");
        }
        List<Guid?> runs = [];
        foreach (var target in fleet.Expectation.Targets)
            runs.AddRange((await TargetState.ReadAsync(target, cancellationToken)).Journal.Select(line => line.Run));
        _suite.Count($"races whose steps were done by {runs.Distinct().Count()} hosts");
    }
}
