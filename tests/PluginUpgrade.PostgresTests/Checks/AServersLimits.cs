using Npgsql;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>On servers of the test's own: a small table of locks, a real standby that stands still.</summary>
public class AServersLimits
{
    [Fact]
    public async Task Are_held_against_instances_that_are_one_transaction_each()
    {
        using var directory = new TempDirectory();
        await using var server = TestServer.In(directory.Root, TestServer.ThrowAway with
        {
            Settings = new Dictionary<string, string>(TestServer.ThrowAway.Settings)
            {
                ["max_connections"] = "20",
                ["max_prepared_transactions"] = "0",
                ["max_locks_per_transaction"] = "10",
            },
        });
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"));
        for (var part = 0; part < 3; part++)
            await installation.ExecuteAsync(
                $"DO $$ BEGIN FOR i IN 1..40 LOOP EXECUTE 'CREATE TABLE acme.t{part}_' || i || ' (id int PRIMARY KEY)'; END LOOP; END $$");

        var atomic = await installation.SucceedsAsync("check", "--from", "0", "--atomic", "instance");
        Assert.Contains("warning KU-3204", atomic.Error);
        Assert.Contains(
            "may need 240 locks at the same time, and the server has room for 200 (max_locks_per_transaction 10 ×", atomic.Error);
        Assert.DoesNotContain("KU-3204", (await installation.SucceedsAsync("check", "--from", "0")).Error);
    }

    [Nightly]
    [Fact]
    public async Task A_standby_that_is_behind_is_a_warning()
    {
        await using var server = new TestServer();
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Check"] = new System.Text.Json.Nodes.JsonObject { ["ReplicationLag"] = "100 KB" };
        using var directory = new TempDirectory();
        await using var standby = await StandbyServer.StartAsync(server, directory.Root, follows: "second");
        await using (var connection = await installation.OpenAsync(standby.ConnectionString + ";Pooling=false"))
        await using (var pause = new NpgsqlCommand("SELECT pg_wal_replay_pause()", connection))
            await pause.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await installation.ExecuteAsync("CREATE TABLE public.wal AS SELECT repeat('x', 100) FROM generate_series(1, 10000)");
        while (await installation.QueryAsync("SELECT 1 FROM pg_stat_replication WHERE replay_lsn IS NOT NULL") is [])
            await Task.Delay(50, TestContext.Current.CancellationToken);

        var result = await installation.SucceedsAsync("--from", "0");

        Assert.Matches("warning KU-3215 .*The standby second .* behind, more than 100 KB", result.Error);
    }
}
