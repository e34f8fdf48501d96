using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class TwoRunsAtOnce(TestServer server)
{
    /// <summary>T4 too: an instance that is being upgraded is refused, and works once that is over.</summary>
    [Fact]
    public async Task S9_are_one_too_many_and_the_second_is_refused_by_the_name_of_the_first()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:00.5" };
        installation.Drop(Sample.Counting("V1_001"), Sample.Gated("V1_002"));
        await Gate.CloseAsync(installation);
        using var first = installation.Start();
        await Gate.ReachedAsync(installation, first, modules: 2);
        var journals = await JournalsAsync(installation);

        var second = await installation.RunAsync();

        Assert.True(second.ExitCode == 2, $"{second}");
        Assert.Contains("KU-3008", Refusal.Codes(second));
        Assert.Matches($@"installation: .* krang-upgrade [0-9a-f]{{8}} .*:{first.Id} ", second.Error);
        Assert.Contains("nothing was changed", second.Error);
        Assert.Equal(journals, await JournalsAsync(installation));
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync()).Output);
    }

    [Nightly]
    [Fact]
    public async Task S9_are_seen_in_the_status()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var first = installation.Start();
        await Gate.ReachedAsync(installation, first);

        var status = await installation.SucceedsAsync("status");

        Assert.Matches($@"(?m)^acme +upgrading .*krang-upgrade .*:{first.Id} ", status.Output);
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
        Assert.Matches(@"(?m)^acme +active +1\.001 ", (await installation.SucceedsAsync("status")).Output);
    }

    [Fact]
    public async Task S9_do_not_hinder_each_other_on_different_instances()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var first = installation.Start("upgrade", "acme");
        await Gate.ReachedAsync(installation, first);
        await installation.ExecuteAsync("CREATE TABLE gate.other ()");

        using var second = installation.Start("upgrade", "globex");
        await Gate.ReachedAsync(installation, second, modules: 2);

        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
        Assert.Equal(0, (await second.EndAsync()).ExitCode);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("globex"));
    }

    /// <summary>fluentmigrator 2220, sqitch 579: whoever waited for the lock went by a list that was out of date by then.</summary>
    [Fact]
    public async Task Trap_pending_list_computed_before_the_lock_runs_no_step_twice()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:01:00" };
        installation.Drop([.. Enumerable.Range(1, 5).Select(i => Sample.ForInstances($"V1_00{i}") with
        {
            PerInstance = $"{Sample.Count($"V1_00{i}")}; SELECT pg_sleep(0.1)",
        })]);
        installation.WriteSettings();

        HostProcess[] hosts = [.. Enumerable.Range(0, 3).Select(_ => installation.Start("upgrade", "acme"))];

        foreach (var host in hosts)
            using (host)
                Assert.Contains((await host.EndAsync()).ExitCode, (int[])[0, 1, 2]);
        Assert.Equal(["V1_001", "V1_002", "V1_003", "V1_004", "V1_005"], await installation.CallsAsync("acme"));
        Assert.All(await installation.JournalAsync("acme"), row => Assert.Contains(" done ", row));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("upgrade", "acme")).Output);
    }

    private static Task<List<string>> JournalsAsync(TestInstallation installation) => installation.QueryAsync("""
        SELECT j::text FROM public.krang_upgrade_journal j UNION ALL SELECT j::text FROM acme.krang_upgrade_journal j
        UNION ALL SELECT j::text FROM globex.krang_upgrade_journal j
        """);
}
