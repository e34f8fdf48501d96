namespace PluginUpgrade.PostgresTests.Upgrades;

public class AStepOutsideATransaction(TestServer server)
{
    private async Task<TestInstallation> InstalledAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Concurrent"), "Concurrent");
        Assert.Equal(0, (await installation.RunAsync("--to", "1.0")).ExitCode);
        await installation.ExecuteAsync("CREATE TABLE acme.stop_at (id integer); CREATE TABLE acme.pause (n float8)");
        return installation;
    }

    private static Task<List<string>> IndexAsync(TestInstallation installation) =>
        installation.QueryAsync("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('acme.story_title')");

    [Fact]
    public async Task Builds_an_index_concurrently_and_is_recorded_as_done()
    {
        await using var installation = await InstalledAsync();
        var result = await installation.RunAsync("--to", "1.1");
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["True"], await IndexAsync(installation));
        Assert.Equal(["1.0 done V1_0", "1.1 done V1_1"], await installation.JournalAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task Drops_an_invalid_index_and_builds_it_again()
    {
        await using var installation = await InstalledAsync();
        await installation.ExecuteAsync("INSERT INTO acme.story VALUES (0, 'title 1')");
        var failed = await installation.RunAsync("--to", "1.1");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("KU-5012", failed.Error);
        Assert.Equal(["False"], await IndexAsync(installation));
        Assert.Contains("failed-upgrade", (await installation.RunAsync("status")).Output);

        await installation.ExecuteAsync("DELETE FROM acme.story WHERE id = 0");
        Assert.Equal(0, (await installation.RunAsync("--to", "1.1")).ExitCode);
        Assert.Equal(["True"], await IndexAsync(installation));
        Assert.Equal(["1.0 done V1_0", "1.1 done V1_1"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Is_not_ended_by_the_lock_timeout_while_it_waits_for_others()
    {
        await using var installation = await InstalledAsync();
        await using var other = await installation.OpenAsync();
        await using var begin = new Npgsql.NpgsqlCommand("BEGIN; UPDATE acme.story SET title = title WHERE id = 1", other);
        await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var host = installation.Start("--to", "1.1", "--Run:LockTimeout=00:00:01");
        await host.SaysAsync("stage 1");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.False(host.HasExited);
        await other.CloseAsync();
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
        Assert.Equal(["True"], await IndexAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task Work_in_batches_continues_at_the_batch_that_failed()
    {
        await using var installation = await InstalledAsync();
        await installation.ExecuteAsync("INSERT INTO acme.stop_at VALUES (600)");
        Assert.Equal(1, (await installation.RunAsync("--to", "1.2")).ExitCode);
        Assert.Equal(["100", "200", "300", "400", "500"], await installation.QueryAsync("SELECT done_up_to FROM acme.batch ORDER BY 1"));

        await installation.ExecuteAsync("DELETE FROM acme.stop_at");
        Assert.Equal(0, (await installation.RunAsync("--to", "1.2")).ExitCode);
        Assert.Equal(["10"], await installation.QueryAsync("SELECT count(DISTINCT xid) FROM acme.batch"));
        Assert.Equal(["10"], await installation.QueryAsync("SELECT count(*) FROM acme.batch"));
        Assert.Equal(["1000"], await installation.QueryAsync("SELECT count(*) FROM acme.story WHERE title = upper(title)"));
    }

    [Nightly]
    [Fact]
    public async Task Is_looked_at_and_not_repeated_after_a_kill_where_it_can_tell_that_it_was_done()
    {
        await using var installation = await InstalledAsync();
        await installation.ExecuteAsync("INSERT INTO acme.pause VALUES (30)");
        await installation.KillAtAsync("acme.once", "--to", "1.3");
        Assert.Contains("1.3 running V1_3", await installation.JournalAsync("acme"));
        var status = await installation.RunAsync("status");
        Assert.DoesNotContain("torn", status.Output);

        // A second CREATE TABLE would fail.
        var result = await installation.RunAsync("--to", "1.3", "--Run:LockTimeout=00:01:00");
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("1.3 done V1_3", await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Is_refused_in_a_dry_run()
    {
        await using var installation = await InstalledAsync();
        var result = await installation.RunAsync("run", "V1_1", "--dry-run");
        Assert.Contains("KU-5015", result.Error);
        Assert.Empty(await IndexAsync(installation));
    }
}
