using System.Collections.Concurrent;
using System.Diagnostics;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// One run of a fault suite: counts what was done to the host, gathers violations, and at the end prints both, adds a line to the ledger
/// and fails where there were violations.
/// <code>
/// var suite = new Suite("F4", plan, output);
/// suite.Count("backends terminated");
/// suite.Violation($"trial {trial}", violation);
/// suite.End(trials: plan.Count, faults: suite["backends terminated"]);
/// </code>
/// </summary>
public sealed class Suite(string id, int seed, ITestOutputHelper output)
{
    private readonly ConcurrentDictionary<string, int> _tally = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly long _start = Stopwatch.GetTimestamp();

    public Suite(string id, TrialPlan plan, ITestOutputHelper output) : this(id, plan.Seed, output) { }

    public int this[string what] => _tally.GetValueOrDefault(what);

    static Suite() => Ledger.Begin();

    public bool HasViolations => !_violations.IsEmpty;

    public string? FirstViolation => _violations.TryPeek(out var first) ? first : null;

    public void Count(string what, int times = 1) => _tally.AddOrUpdate(what, times, (_, count) => count + times);

    public void Violation(string where, object what) => _violations.Enqueue($"{where}: {what}");

    /// <param name="faults">What was inflicted: kills that landed, cuts, corrupted files.</param>
    public void End(int trials, int faults)
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        output.WriteLine(
            $"{id}: seed {seed}, {trials} trials, {faults} faults, {_violations.Count} violations in {elapsed.TotalSeconds:0} s");
        foreach (var (what, count) in _tally.OrderBy(entry => entry.Key)) output.WriteLine($"  {what}: {count}");
        Ledger.Add(id, seed, trials, faults, _violations.Count, elapsed);
        Assert.True(_violations.IsEmpty, $"{id}, seed {seed}:\n{string.Join('\n', _violations.Take(20))}");
    }
}
