using System.Globalization;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// How many trials, and from which seed. One switch chooses among the counts: <c>KRANG_SUITES</c> is <c>commit</c> (the default),
/// <c>nightly</c> or <c>release</c>. For work on one suite, <c>KRANG_TRIALS</c> says how many in place of that, and <c>KRANG_SEED</c>
/// repeats what an earlier run has printed.
/// </summary>
public sealed record TrialPlan(int Count, int Seed)
{
    public static TrialPlan Of(int commit, int nightly, int release)
    {
        var (count, seed) = (Variable("KRANG_TRIALS"), Variable("KRANG_SEED"));
        return new TrialPlan(
            count is null ? Chosen(commit, nightly, release) : int.Parse(count, CultureInfo.InvariantCulture),
            seed is null ? Random.Shared.Next() : int.Parse(seed, CultureInfo.InvariantCulture));
    }

    /// <summary>Whether more is asked for than what runs for every commit.</summary>
    public static bool IsThorough => Chosen(false, true, true);

    /// <summary>The same for the same seed and number, in whichever order trials run.</summary>
    public Random RandomOf(int trial) => new(unchecked(Seed * 31 + trial * 7919));

    private static T Chosen<T>(T commit, T nightly, T release) => Variable("KRANG_SUITES") switch
    {
        null or "commit" => commit,
        "nightly" => nightly,
        "release" => release,
        var other => throw new InvalidOperationException($"KRANG_SUITES is '{other}', and can be commit, nightly or release."),
    };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
