using System.Globalization;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// How many trials, and from which seed. <c>KRANG_TRIALS</c> says how many in place of the count for each commit, or, as <c>x20</c>, how
/// many times that; <c>KRANG_SEED</c> repeats what an earlier run has printed.
/// </summary>
public sealed record TrialPlan(int Count, int Seed)
{
    public static TrialPlan Of(int perCommit)
    {
        var seed = Environment.GetEnvironmentVariable("KRANG_SEED");
        return new TrialPlan(
            Times(Environment.GetEnvironmentVariable("KRANG_TRIALS"), perCommit),
            string.IsNullOrEmpty(seed) ? Random.Shared.Next() : int.Parse(seed, CultureInfo.InvariantCulture));
    }

    /// <summary>The same for the same seed and number, in whichever order trials run.</summary>
    public Random RandomOf(int trial) => new(unchecked(Seed * 31 + trial * 7919));

    private static int Times(string? text, int perCommit) => text switch
    {
        null or "" => perCommit,
        ['x', .. var times] => perCommit * int.Parse(times, CultureInfo.InvariantCulture),
        _ => int.Parse(text, CultureInfo.InvariantCulture),
    };
}
