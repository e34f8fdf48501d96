namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>A typo in --to: 1.40 where 1.004 was meant.</summary>
public class AGoalThatNothingKnows(TestServer server)
{
    [Nightly]
    [Fact]
    public async Task E1i_is_refused_and_recorded_only_where_the_user_says_so()
    {
        await using var installation = await AtNewestAsync();

        var refused = await installation.RefusesAsync(["KU-4016"], "--to", "1.40");
        Assert.Contains("then the same command with --record-only", refused.Error);
        await installation.RefusesAsync(["KU-4016"], "plan", "--to", "1.40");
        await installation.RefusesAsync(["KU-1114"], "--record-only");

        Assert.Contains("No module will run", (await installation.SucceedsAsync("plan", "--to", "1.40", "--record-only")).Output);
        await installation.SucceedsAsync("--to", "1.40", "--record-only");
        Assert.Equal("1.40 baseline", (await installation.JournalAsync("acme"))[^1]);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync()).Output);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--to", "1.40")).Output);
        Assert.Equal(0, (await installation.RunAsync("status", "--exit-code")).ExitCode);
    }

    [Fact]
    public async Task E1i_runs_nothing_where_something_is_still_to_be_run()
    {
        await using var installation = await AtNewestAsync();
        installation.Drop(Sample.Counting("V1_005"));

        await installation.RefusesAsync(["KU-4017"], "--to", "1.40", "--record-only");
    }

    [Theory]
    [InlineData("V1_010")]
    [NightlyData("V1_40")]
    [NightlyData("V1_041")]
    public async Task E1i_a_module_that_arrives_later_is_run_and_is_not_late(string module)
    {
        await using var installation = await AtNewestAsync();
        await installation.SucceedsAsync("--to", "1.40", "--record-only");
        installation.Drop(Sample.Counting(module));

        await installation.SucceedsAsync();

        Assert.Equal(module, (await installation.CallsAsync("acme"))[^1]);
        Assert.Equal(module, (await installation.CallsAsync("public"))[^1]);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync()).Output);
    }

    [Nightly]
    [Fact]
    public async Task E1i_is_corrected_by_a_baseline_that_replaces_it_and_what_was_run_stays()
    {
        await using var installation = await AtNewestAsync();
        var before = await installation.JournalAsync("acme");
        await installation.SucceedsAsync("--to", "1.40", "--record-only");

        var refused = await installation.RunAsync("baseline", "1.004");
        Assert.Contains("--replace", refused.Error);
        Assert.Contains("KU-4014", Refusal.Codes(refused));
        Assert.All(Refusal.Codes(await installation.RunAsync("baseline", "1.003", "--replace")), code => Assert.Equal("KU-4019", code));
        await installation.SucceedsAsync("baseline", "1.004", "--replace");

        Assert.Equal(before, await installation.JournalAsync("acme"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("baseline", "1.004", "--replace")).Output);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync()).Output);
        await installation.RefusesAsync(["KU-4016"], "--to", "1.40");
    }

    [Nightly]
    [Fact]
    public async Task E1i_may_be_corrected_to_a_version_between_and_no_module_counts_as_applied_by_that()
    {
        await using var installation = await AtNewestAsync();
        await installation.SucceedsAsync("--to", "1.40", "--record-only");

        var result = await installation.SucceedsAsync("baseline", "1.010", "--replace");

        Assert.Contains("warning KU-4018", result.Error);
        Assert.Equal("1.010 baseline", (await installation.JournalAsync("acme"))[^1]);
        installation.Drop(Sample.Counting("V1_005"));
        await installation.SucceedsAsync();
        Assert.Equal("V1_005", (await installation.CallsAsync("acme"))[^1]);
    }

    private async Task<TestInstallation> AtNewestAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_004"));
        await installation.SucceedsAsync();
        return installation;
    }
}
