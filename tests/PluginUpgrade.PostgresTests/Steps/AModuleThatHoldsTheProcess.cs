namespace PluginUpgrade.PostgresTests.Steps;

public class AModuleThatHoldsTheProcess(TestServer server)
{
    [Fact]
    public async Task E5r_After_the_last_word_cannot_keep_it_nor_change_its_exit_code()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Odd", "exit handlers");

        using var host = installation.Start("--to", "1.001");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.DoesNotContain("after the last word", result.Error);
        Assert.Contains("Done: 1 step", result.Output.Replace("2 steps", "1 step", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.GetTempPath(), $"*-{host.Id}-*").Select(Path.GetFileName),
            file => file!.StartsWith("dotnet-diagnostic", StringComparison.Ordinal)
                || file.StartsWith("clr-debug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task E5r_a_failed_run_keeps_neither()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Odd", "exit handlers").Let("V1_002", "Do", "SELECT 1 / 0");

        var result = await installation.RunAsync("--to", "1.002");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5002"], Refusal.Codes(result));
        Assert.DoesNotContain("after the last word", result.Error);
    }

    /// <summary>3,000 tasks that block a thread of the pool each.</summary>
    [Fact]
    public async Task E5s_By_all_threads_of_its_pool_ends_at_its_time_limit()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Odd", "starve").Run("StepTimeout", "00:00:02");

        var result = await installation.RunAsync("--to", "1.001");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Matches("KU-502[34]|KU-5035", result.Error);
        Assert.DoesNotContain("1.001 done V1_001", await installation.JournalAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task E5s_By_all_threads_of_its_pool_ends_at_the_second_signal()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", "CREATE TABLE made ()").Let("V1_001", "Odd", "starve");
        using var host = installation.Start("--to", "1.001");
        while (await installation.QueryAsync("""
            SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%TABLE made%'
            """) is [])
            await Task.Delay(20, TestContext.Current.CancellationToken);

        host.Signal("TERM");
        await host.SaysAsync("Stopping");
        host.Signal("TERM");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.made')::text"));
    }

    /// <summary>What it has registered with its token is called when it is cancelled: it throws, or never comes back.</summary>
    [Nightly]
    [Fact]
    public async Task E5s_By_what_it_has_registered_ends_at_its_time_limit()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Odd", "register").Run("StepTimeout", "00:00:02");

        var result = await installation.RunAsync("--to", "1.001");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5024"], Refusal.Codes(result));
    }

    /// <summary>The session that is ended for it is gone in the server at once, which was taken for a lost connection.</summary>
    [Fact]
    public async Task F19_a_deaf_module_in_the_server_is_reported_as_too_long()
    {
        string[] instances = ["acme", "globex", "initech", "umbrella"];
        await using var installation = await Asking.CreateAsync(server, instances);
        installation.Let("V1_001", "Deaf", "SELECT pg_sleep(600)");
        installation.Run("StepTimeout", "00:00:02");
        installation.Run("LockTimeout", "00:00:00.1");

        var result = await installation.RunAsync("--to", "1.001");

        Assert.True(result.ExitCode == 1, $"{result}");
        // The same of all of them is one problem.
        Assert.Equal(["KU-5023"], Refusal.Codes(result).Distinct());
    }
}
