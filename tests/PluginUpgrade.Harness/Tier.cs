namespace PluginUpgrade.Harness;

/// <summary>
/// How thoroughly is tested: for every commit, each night, or before a release. One switch says it: <c>KRANG_SUITES</c> is <c>commit</c>
/// (the default), <c>nightly</c> or <c>release</c>. It chooses counts and the length of loops; which tests and rows are left to the night
/// is said by <see cref="NightlyAttribute"/>, and <c>eng/test.sh</c> filters by it.
/// </summary>
public static class Tier
{
    /// <summary>The trait of tests and rows that <c>eng/test.sh</c> leaves to <c>eng/test.sh --nightly</c>, and its value.</summary>
    public const string Trait = "tier", AtNight = "nightly";

    /// <summary>Whether more is asked for than what runs for every commit.</summary>
    public static bool IsNightly => Choose(false, true, true);

    public static T Choose<T>(T commit, T nightly, T release) => Environment.GetEnvironmentVariable("KRANG_SUITES") switch
    {
        null or "" or "commit" => commit,
        "nightly" => nightly,
        "release" => release,
        var other => throw new InvalidOperationException($"KRANG_SUITES is '{other}', and can be commit, nightly or release."),
    };
}
