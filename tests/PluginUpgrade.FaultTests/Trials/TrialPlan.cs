using System.Globalization;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// How many trials, and from which seed. <see cref="Tier"/> chooses among the counts. For work on one suite, <c>KRANG_TRIALS</c> says how
/// many in place of that, and <c>KRANG_SEED</c> repeats what an earlier run has printed.
/// </summary>
public sealed record TrialPlan(int Count, int Seed)
{
    public static TrialPlan Of(int commit, int nightly, int release)
    {
        var (count, seed) = (Variable("KRANG_TRIALS"), Variable("KRANG_SEED"));
        return new TrialPlan(
            count is null ? Tier.Choose(commit, nightly, release) : int.Parse(count, CultureInfo.InvariantCulture),
            seed is null ? Random.Shared.Next() : int.Parse(seed, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Which of so many kinds a trial is of. They take turns, and each run begins with another one: with few trials in a run, all kinds are
    /// met over several runs.
    /// </summary>
    public int KindOf(int trial, int kinds) => (int)(((uint)Seed + (uint)trial) % (uint)kinds);

    /// <summary>The same for the same seed and number, in whichever order trials run.</summary>
    public Random RandomOf(int trial) => new(unchecked(Seed * 31 + trial * 7919));

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
