namespace PluginUpgrade.PostgresTests.Upgrades;

public class AFailureInOneInstance(TestServer server)
{
    private static readonly string[] Five = ["i1", "i2", "i3", "i4", "i5"];
    private static readonly string[] Others = ["i1", "i2", "i4", "i5"];

    [Fact]
    public async Task S8_leaves_it_as_it_was_and_the_others_done_and_holds_the_next_version_back()
    {
        await using var installation = await AfterTheFailureAsync();

        foreach (var other in Others) Assert.Equal(["0 baseline", "1.001 done V1_001"], await installation.JournalAsync(other));
        Assert.Equal(["0 baseline", "1.001 failed V1_001"], await installation.JournalAsync("i3"));
        Assert.Empty(await installation.CallsAsync("i3"));
        Assert.Equal(["0 baseline", "1.001 done V1_001"], await installation.JournalAsync());
        Assert.Equal(["V1_001"], await installation.CallsAsync("public"));
    }

    [Nightly]
    [Fact]
    public async Task S8_is_what_the_status_tells_of_it_and_of_no_other()
    {
        await using var installation = await AfterTheFailureAsync();

        var (exitCode, status) = await installation.RunJsonAsync("status", "--exit-code");

        Assert.Equal(3, exitCode);
        var targets = status["targets"]!.AsArray()
            .ToDictionary(target => $"{target!["target"]}", target => $"{target!["status"]} {target["version"]}");
        Assert.Equal("failed-upgrade 0", targets["i3"]);
        Assert.Equal("active 1.001", targets["installation"]);
        Assert.All(Others, other => Assert.Equal("active 1.001", targets[other]));
        Assert.Matches(@"(?m)^i3 +failed-upgrade .*1\.001: .*out of range", (await installation.SucceedsAsync("status")).Output);
    }

    [Fact]
    public async Task S8_is_mended_by_the_same_command_which_does_only_the_rest()
    {
        await using var installation = await AfterTheFailureAsync();
        await installation.ExecuteAsync("UPDATE i3.numbers SET n = 1");

        var result = await installation.SucceedsAsync("--from", "0");

        Assert.Contains("i3 1.001: done", result.Error);
        Assert.DoesNotContain("i1 1.001", result.Error);
        Assert.DoesNotContain("installation 1.001", result.Error);
        foreach (var instance in Five)
        {
            Assert.Equal(["0 baseline", "1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync(instance));
            Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync(instance));
        }
        Assert.Equal(["failed"],
            await installation.QueryAsync("SELECT earlier -> 0 ->> 'state' FROM i3.krang_upgrade_journal WHERE version = '1.001'"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--from", "0")).Output);
    }

    [Fact]
    public async Task S8_says_what_failed_where_and_what_to_do_next()
    {
        await using var installation = await BeforeTheFailureAsync();

        var result = await installation.RunAsync("--from", "0");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["KU-5002"], Refusal.Codes(result));
        Assert.Contains("V1_001 on i3", result.Error);
        Assert.Contains("smallint out of range (SQLSTATE 22003)", result.Error);
        Assert.Contains("The step was rolled back.", result.Error);
        Assert.Contains("run the same command", result.Error);
        Assert.Contains("not started: installation 1.002", result.Error);
        Assert.StartsWith("Failed: ", result.Output);
        Refusal.IsForPeople(result);
    }

    [Fact]
    public async Task S8_ends_the_stage_early_where_the_user_wants_that()
    {
        await using var installation = await BeforeTheFailureAsync();
        await installation.ExecuteAsync("UPDATE i1.numbers SET n = 1000000; UPDATE i3.numbers SET n = 1");

        var result = await installation.RunAsync("--from", "0", "--parallel", "1", "--stop-after-failures", "1");

        Assert.Equal(1, result.ExitCode);
        foreach (var instance in Five[1..]) Assert.Empty(await installation.CallsAsync(instance));
        await installation.ExecuteAsync("UPDATE i1.numbers SET n = 1");
        await installation.SucceedsAsync("--from", "0");
        foreach (var instance in Five) Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync(instance));
    }

    private async Task<TestInstallation> AfterTheFailureAsync()
    {
        var installation = await BeforeTheFailureAsync();
        var result = await installation.RunAsync("--from", "0");
        Assert.True(result.ExitCode == 1, $"{result}");
        return installation;
    }

    /// <summary>Five instances; a number of the third does not fit into what its column becomes.</summary>
    private async Task<TestInstallation> BeforeTheFailureAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, Five);
        foreach (var instance in Five)
            await installation.ExecuteAsync($"CREATE TABLE {instance}.numbers AS SELECT {(instance == "i3" ? 1_000_000 : 1)} AS n");
        installation.Drop(
            Sample.Counting("V1_001") with { PerInstance = $"{Sample.Count("V1_001")}; ALTER TABLE numbers ALTER n TYPE smallint" },
            Sample.Counting("V1_002"));
        return installation;
    }
}
