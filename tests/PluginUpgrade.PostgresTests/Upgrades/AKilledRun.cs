using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>kill -9 in the middle of a step.</summary>
public class AKilledRun(TestServer server)
{
    [Fact]
    public async Task S6_leaves_neither_the_steps_work_nor_its_stamp_and_the_same_command_completes()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Gated("V1_002"), Sample.ForInstances("V1_003"));
        await KillAtTheGateAsync(installation);

        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));

        await Gate.OpenAsync(installation);
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002", "1.003 done V1_003"], await installation.JournalAsync("acme"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("public"));
    }

    [Nightly]
    [Fact]
    public async Task S6_puts_back_the_files_that_the_step_had_changed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Requested"), "Requested");
        installation.Settings["Modules"] = new JsonObject { ["V2_001"] = new JsonObject { ["Installation"] = "write-and-wait" } };
        var kept = Path.Combine(Directory.CreateDirectory(Path.Combine(installation.Root, "data")).FullName, "kept.txt");
        await File.WriteAllTextAsync(kept, "the user's", TestContext.Current.CancellationToken);
        await KillAtTheGateAsync(installation);
        Assert.Equal("overwritten by V2_001\n", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));

        installation.Settings["Modules"] = new JsonObject { ["V2_001"] = new JsonObject { ["Installation"] = "throw" } };
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);

        Assert.Equal("the user's", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Path.Combine(installation.Root, "data", "written.txt")));
        Assert.Equal(["data", "data/kept.txt", "data/upgrade-logs", "krang-upgrade.json", "upgrade"], EntriesOf(installation.Root));
    }

    [Nightly]
    [Fact]
    public async Task S10_is_shown_as_upgrading_no_longer_than_its_session_lives()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"));
        await KillAtTheGateAsync(installation);

        var (_, status) = await installation.RunJsonAsync("status");

        Assert.Equal(["active", "active"], status["targets"]!.AsArray().Select(target => $"{target!["status"]}"));
        Assert.Equal(["0", "0"], status["targets"]!.AsArray().Select(target => $"{target!["version"]}"));
        await Gate.OpenAsync(installation);
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    /// <summary>X-Road 3076, snapchain 987: a flag in a row outlives its owner; and nobody has to clear anything here.</summary>
    [Fact]
    public async Task Trap_lock_left_by_a_kill_is_gone_when_the_same_command_is_given_at_once()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:30" };
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using (var host = installation.Start())
        {
            await Gate.ReachedAsync(installation, host);
            host.Kill();
        }
        await Gate.OpenAsync(installation);

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    /// <summary>Kills the host while a module waits at the gate, and waits until the server has noticed.</summary>
    private static async Task KillAtTheGateAsync(TestInstallation installation)
    {
        await Gate.CloseAsync(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);
        host.Kill();
        await host.EndAsync();
        // Before PostgreSQL 14 a server sees that only when the statement ends: then it is ended as docs/operating.md says.
        await installation.ExecuteAsync("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE current_setting('server_version_num')::int < 140000
              AND datname = current_database() AND application_name LIKE 'krang-upgrade %'
            """);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (await installation.QueryAsync(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'krang-upgrade %'") is not [])
            await Task.Delay(100, limit.Token);
    }

    /// <summary>All that is there, but for modules and logs.</summary>
    private static IEnumerable<string> EntriesOf(string root) =>
        Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)
        .Where(path => !path.StartsWith("upgrade/", StringComparison.Ordinal) && !path.EndsWith(".jsonl", StringComparison.Ordinal));
}
