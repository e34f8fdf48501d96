using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>To standard output and standard error, by .NET, by the C library and by a child.</summary>
public class AModuleThatPrints(TestServer server)
{
    private async Task<TestInstallation> CreateAsync(string what)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Misbehaving"), "Misbehaving");
        installation.Settings["Modules"] = new JsonObject { ["V1_002"] = new JsonObject { ["Do"] = what } };
        return installation;
    }

    [Fact]
    public async Task E2b_cannot_break_a_JSON_document()
    {
        await using var installation = await CreateAsync("print");
        var result = await installation.RunAsync("--to", "1.002", "--json");
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal("done", $"{JsonNode.Parse(result.Output)!["outcome"]}");
        Assert.DoesNotContain("printed", result.Output);
    }

    [Fact]
    public async Task E2b_is_heard_on_standard_error_and_cannot_act_on_the_terminal()
    {
        await using var installation = await CreateAsync("print");
        var result = await installation.RunAsync("--to", "1.002");
        Assert.True(result.ExitCode == 0, $"{result}");
        foreach (var way in (string[])["console error", "stream", "libc", "child", "child error"])
            Assert.Contains($"printed: {way}", result.Error);
        Assert.StartsWith("Done: ", result.Output);
        Assert.DoesNotContain('\u001b', result.All);
        Assert.DoesNotContain('\u202e', result.All);
        Assert.Contains(@"console out\u001b[2J", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task E5s_a_module_that_blocks_every_thread_does_not_keep_the_host_from_stopping()
    {
        await using var installation = await CreateAsync("starve");
        using var host = installation.Start("--to", "1.002");
        await TerminalProcess.UntilAsync(() => host.ErrorSoFar.Contains("1.001: done", StringComparison.Ordinal), () => host.ErrorSoFar);
        const string waiting = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%CREATE TABLE made%' AND state = 'idle in transaction'";
        while (await installation.QueryAsync(waiting) is []) await Task.Delay(50, TestContext.Current.CancellationToken);

        host.Signal("TERM");
        await host.SaysAsync("Stopping");
        host.Signal("TERM");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }
}
