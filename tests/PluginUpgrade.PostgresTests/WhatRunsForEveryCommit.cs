namespace PluginUpgrade.PostgresTests;

/// <summary>What <c>eng/test.sh</c> leaves to the night is more of the same, and no kind of fault.</summary>
public class WhatRunsForEveryCommit
{
    /// <summary>Each with the reason on its line.</summary>
    private static readonly string[] WhollyNightly =
    [
        nameof(Modules.FollowingTheDocuments), // three minutes: it packs, publishes and installs
    ];

    [Fact]
    public async Task Has_a_test_of_each_class() =>
        Assert.Equal(WhollyNightly, await TestsOfTiers.WhollyNightlyAsync(typeof(WhatRunsForEveryCommit).Assembly));
}
