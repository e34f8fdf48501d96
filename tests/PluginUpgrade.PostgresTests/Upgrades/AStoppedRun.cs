namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>Ctrl-C.</summary>
public class AStoppedRun(TestServer server)
{
    [Fact]
    public async Task Finishes_its_running_step_and_begins_no_other_at_the_first_signal()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Gated("V1_002"), Sample.Counting("V1_003"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);

        host.Signal("INT");
        await host.SaysAsync("Stopping");
        await Gate.OpenAsync(installation);
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Contains("to continue, run the same command", result.Error);
        Assert.StartsWith("Stopped: ", result.Output);
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("acme"));
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001", "V1_003"], await installation.CallsAsync("public"));
    }

    [Theory]
    [InlineData("INT")]
    [NightlyData("TERM")]
    public async Task Cancels_its_running_step_and_rolls_it_back_at_the_second_signal(string second)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Gated("V1_002"), Sample.Counting("V1_003"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host, modules: 2);

        var result = await CancelAsync(host, second);

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Contains("acme 1.002: cancelled and rolled back", result.Error);
        Assert.Contains("globex 1.002: cancelled and rolled back", result.Error);
        foreach (var instance in (string[])["acme", "globex"])
        {
            Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync(instance));
            Assert.Equal(["V1_001"], await installation.CallsAsync(instance));
        }
        await Gate.OpenAsync(installation);
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001", "V1_003"], await installation.CallsAsync("public"));
    }

    [Fact]
    public async Task Tells_of_a_dry_run_too_that_its_step_was_cancelled()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start("--dry-run");
        await Gate.ReachedAsync(installation, host);

        var result = await CancelAsync(host);

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Contains("acme 1.001: cancelled and rolled back", result.Error);
    }

    [Fact]
    public async Task Is_no_failure_in_the_status()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start("--json");
        await Gate.ReachedAsync(installation, host);
        var result = await CancelAsync(host);

        Assert.Equal(130, result.ExitCode);
        Assert.Equal("stopped", $"{System.Text.Json.Nodes.JsonNode.Parse(result.Output)!["outcome"]}");
        var (_, status) = await installation.RunJsonAsync("status", "acme");
        Assert.Equal("active", $"{status["targets"]![0]!["status"]}");
        Assert.Equal("1.001", $"{status["targets"]![0]!["pending"]![0]}");
    }

    private static async Task<HostResult> CancelAsync(HostProcess host, string second = "INT")
    {
        host.Signal("INT");
        await host.SaysAsync("Stopping");
        host.Signal(second);
        return await host.EndAsync();
    }
}
