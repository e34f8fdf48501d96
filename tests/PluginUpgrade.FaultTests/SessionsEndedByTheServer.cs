using System.Diagnostics;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F4: pg_terminate_backend and pg_cancel_backend against the host's own sessions, whichever of them and whatever they do; up to three in a
/// run, up to three runs of the same command, then one that is left alone.
/// </summary>
public class SessionsEndedByTheServer(TestServer server, ITestOutputHelper output)
{
    private const string Terminated = "sessions terminated", Cancelled = "statements cancelled";

    private static readonly string[] Command = ["--to", "1.003"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 1_000, release: 5_000);
    private Suite _suite = null!;

    /// <summary>How long a run goes on from its first connection, as measured at the start.</summary>
    private TimeSpan _connected;

    private int Faults => _suite[Terminated] + _suite[Cancelled];

    [Fact]
    public async Task F4_at_random_moments_loses_nothing_and_doubles_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F4", _plan, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        _connected = await ConnectedAsync(template, cancellation);
        var trials = 0;
        await Task.WhenAll(WorkAsync(), WorkAsync());
        _suite.End(trials, Faults);

        // What is counted is the faults: how many of them a run meets is chance.
        async Task WorkAsync()
        {
            while (Faults < _plan.Count) await TrialAsync(template, Interlocked.Increment(ref trials), cancellation);
        }
    }

    private static async Task<TimeSpan> ConnectedAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        await using var fleet = await SmallAsync(template, cancellationToken);
        await using var attacker = await Attacker.OfAsync(fleet, cancellationToken);
        using var host = fleet.Start(Command);
        while (!host.HasExited && !await attacker.SeesAsync(host.Id, cancellationToken)) await Task.Delay(1, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        var end = await Fleet.EndAsync(host);
        Assert.True(end.ExitCode == 0, $"{end}");
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<Fleet> SmallAsync(FleetTemplate template, CancellationToken cancellationToken)
    {
        var fleet = await template.CopyAsync(cancellationToken);
        fleet.Narrow(["acme", "umbrella"], "V1_003", seconds: "0.03");
        return fleet;
    }

    private async Task TrialAsync(FleetTemplate template, int trial, CancellationToken cancellationToken)
    {
        var random = _plan.RandomOf(trial);
        await using var fleet = await SmallAsync(template, cancellationToken);
        await using var attacker = await Attacker.OfAsync(fleet, cancellationToken);
        for (var run = random.Next(1, 4); run > 0; run--)
        {
            var attacked = await AttackedRunAsync(fleet, attacker, random, cancellationToken);
            _suite.Count($"a run with faults in it ended with exit code {attacked.ExitCode}");
            await CheckAsync(attacked, "under attack");
        }

        var end = await fleet.RunAsync(Command);
        if (end.ExitCode != 0) _suite.Violation($"trial {trial}", $"I7: a run left alone did not suffice: {end}");
        await CheckAsync(end, "left alone");

        async Task CheckAsync(ProgramEnd ended, string when)
        {
            foreach (var violation in await fleet.CheckAsync(ended, cancellationToken))
                _suite.Violation($"trial {trial}, {when}", $"{violation}\n{ended}");
            if (ended.Error.Contains("KU-9001", StringComparison.Ordinal))
                _suite.Violation($"trial {trial}, {when}", $"nobody foresaw this: {ended}");
        }
    }

    private async Task<ProgramEnd> AttackedRunAsync(Fleet fleet, Attacker attacker, Random random, CancellationToken cancellationToken)
    {
        using var host = fleet.Start(Command);
        var ended = Fleet.EndAsync(host);
        while (!ended.IsCompleted && !await attacker.SeesAsync(host.Id, cancellationToken)) await Task.Delay(1, cancellationToken);
        await Task.WhenAny(ended, Task.Delay(_connected * random.NextDouble(), cancellationToken));
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var terminate = random.Next(2) == 0;
            while (!ended.IsCompleted && !await HitAsync(attacker, terminate, cancellationToken)) await Task.Delay(1, cancellationToken);
            await Task.WhenAny(ended, Task.Delay(random.Next(150), cancellationToken));
        }
        return await ended;
    }

    private async Task<bool> HitAsync(Attacker attacker, bool terminate, CancellationToken cancellationToken)
    {
        var hit = terminate ? await attacker.TerminateOneAsync(cancellationToken) : await attacker.CancelOneAsync(cancellationToken);
        if (hit) _suite.Count(terminate ? Terminated : Cancelled);
        return hit;
    }
}
