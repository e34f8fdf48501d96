using System.Text.Json.Nodes;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>Commands before, after and on failure: what runs when, and what its failure means.</summary>
public class HooksOfTheOperator(TestServer server)
{
    /// <summary>Each hook writes down that it ran, and what it was told.</summary>
    private async Task<TestInstallation> CreateAsync(params ModuleSource[] modules)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(modules.Length > 0 ? modules : [Sample.ForInstances("V1_001")]);
        installation.Settings["Hooks"] = new JsonObject
        {
            ["Before"] = Writing("before"),
            ["After"] = new JsonObject { ["Command"] = Writing("after"), ["Timeout"] = "00:00:10" },
            ["OnFailure"] = Writing("failure"),
        };
        return installation;
    }

    private static string Writing(string name) =>
        $"test -n \"$KRANG_RUN\" && cd \"$KRANG_ROOT\" && echo {name} $KRANG_OUTCOME >> hooks";

    private static async Task<string> RanAsync(TestInstallation installation)
    {
        var file = Path.Combine(installation.Root, "hooks");
        return File.Exists(file)
            ? string.Join(", ", (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Select(line => line.Trim()))
            : "";
    }

    [Fact]
    public async Task Run_before_and_after_an_upgrade_and_not_where_nothing_is_to_be_done()
    {
        await using var installation = await CreateAsync();
        var result = await installation.SucceedsAsync();
        Assert.Equal("before, after done", await RanAsync(installation));
        Assert.Contains("hook Before: test -n", result.Error);
        Assert.Contains("hook After: done in", result.Error);

        await installation.SucceedsAsync();
        await installation.SucceedsAsync("check");
        Assert.Equal("before, after done", await RanAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task Do_not_run_in_dry_runs_plans_and_baselines()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync("--dry-run");
        var plan = await installation.SucceedsAsync("plan");
        Assert.Contains("hook After, limit 00:00:10: test -n", plan.Output);
        var (_, document) = await installation.RunJsonAsync("plan");
        Assert.Equal(["Before", "After", "OnFailure"], document["hooks"]!.AsArray().Select(hook => $"{hook!["name"]}"));
        await installation.SucceedsAsync("baseline", "1.001");
        Assert.Equal("", await RanAsync(installation));
    }

    [Theory]
    [InlineData("echo the service does not stop >&2; exit 3", "The command ended with exit code 3. It said: the service does not stop.")]
    [NightlyData("sleep 30", "did not end within 1 seconds")]
    public async Task Before_that_fails_refuses_by_name_and_is_taken_back(string command, string told)
    {
        await using var installation = await CreateAsync();
        installation.Settings["Hooks"]!["Before"] = new JsonObject { ["Command"] = command, ["Timeout"] = "00:00:01" };

        var refused = await installation.RunAsync();

        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal(["KU-3240"], Refusal.Codes(refused));
        Assert.Contains(told, refused.Error);
        Assert.Contains("Hooks:Before", refused.Error);
        Assert.Contains("nothing was changed", refused.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
        Assert.Equal("failure refused", await RanAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task After_that_fails_is_told_and_the_targets_stand_where_they_should()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Hooks"]!["After"] = "echo no such service; exit 5";

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.StartsWith("Done: ", result.Output);
        Assert.Contains(
            "error KU-5040 Hooks:After: The command ended with exit code 5. It said: no such service. The upgrade itself succeeded",
            result.Error);
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
        Assert.Equal("before", await RanAsync(installation));
        await installation.SucceedsAsync();
    }

    [Fact]
    public async Task OnFailure_runs_after_a_failed_run_and_its_own_failure_is_told_too()
    {
        await using var installation = await CreateAsync(new ModuleSource("V1_001") { PerInstance = "SELECT 1/0" });
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);
        Assert.Equal("before, failure failed", await RanAsync(installation));

        installation.Settings["Hooks"]!["OnFailure"] = "exit 9";
        var result = await installation.RunAsync();
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-5002", result.Error);
        Assert.Contains("error KU-5041 Hooks:OnFailure: The command ended with exit code 9.", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task OnFailure_runs_after_a_stopped_run()
    {
        await using var installation = await CreateAsync(Sample.Gated("V1_001"), Sample.Counting("V1_002"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);
        host.Signal("INT");
        await host.SaysAsync("Stopping");
        await Gate.OpenAsync(installation);
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Equal("before, failure stopped", await RanAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task OnFailure_runs_where_before_has_run_and_the_run_is_then_refused()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:01" };
        // As where another host is frozen in the middle of its changes to files.
        Directory.CreateDirectory(Path.Combine(installation.Root, "data", "upgrade-undo"));
        Assert.True(Libc.TryLockDirectory(installation.Root, out var held));
        using (held)
        {
            var refused = await installation.RunAsync();
            Assert.True(refused.ExitCode == 2, $"{refused}");
            Assert.Equal(["KU-5028"], Refusal.Codes(refused));
        }
        Assert.Equal("before, failure refused", await RanAsync(installation));
    }

    [Fact]
    public async Task None_runs_where_a_check_refuses()
    {
        await using var installation = await CreateAsync(new ModuleSource("V1_001") { PerInstance = null });
        await installation.RefusesAsync(["KU-2013"]);
        Assert.Equal("", await RanAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task Are_told_in_the_document_and_in_the_log()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Hooks"]!["After"] = "exit 5";
        var (exitCode, document) = await installation.RunJsonAsync();
        Assert.Equal((1, 1), (exitCode, document["exitCode"]!.GetValue<int>()));
        Assert.Equal(["Before done", "After failed"], document["hooks"]!.AsArray().Select(hook => $"{hook!["name"]} {hook["state"]}"));
        Assert.Equal(["KU-5040"], document["problems"]!.AsArray().Select(problem => $"{problem!["code"]}"));
        var log = Directory.GetFiles(Path.Combine(installation.Root, "data", "upgrade-logs")).Single();
        Assert.Contains("KU-5040", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Are_mistakes_where_they_are_neither_a_command_nor_a_section_with_one()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Hooks"] = new JsonObject
        {
            ["Before"] = new JsonObject { ["Timeout"] = "00:00:10" },
            ["After"] = new JsonObject { ["Command"] = "true", ["Timeout"] = "soon" },
            ["Later"] = "true",
        };
        installation.Settings["Check"] = new JsonObject { ["ReplicationLag"] = "much" };
        await installation.RefusesAsync(["KU-1004", "KU-1005", "KU-1005", "KU-1005"]);
    }
}
