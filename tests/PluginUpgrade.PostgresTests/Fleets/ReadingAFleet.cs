using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Fleets;

public class ReadingAFleet(TestServer server)
{
    private const int Many = 1200;

    /// <summary>More instances than one batch of reading, discovered.</summary>
    private async Task<TestInstallation> CreateAsync(int count)
    {
        var installation = await TestInstallation.CreateAsync(server);
        installation.Settings.Remove("Instances");
        const string query = @"SELECT nspname AS name, nspname AS schema FROM pg_namespace WHERE nspname ~ '^s\d+$'";
        installation.Settings["Discover"] = new JsonObject { ["Query"] = query };
        await installation.ExecuteAsync(
            $"DO $$ BEGIN FOR i IN 1..{count} LOOP EXECUTE 'CREATE SCHEMA s' || lpad(i::text, 5, '0'); END LOOP; END $$");
        installation.Drop(
            new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story (id int)" },
            new ModuleSource("V1_002") { PerInstance = "SELECT 1" });
        return installation;
    }

    [Nightly]
    [Fact]
    public async Task Upgrades_sums_up_and_finds_nothing_to_do_with_many_instances()
    {
        await using var installation = await CreateAsync(Many);
        await installation.SucceedsAsync("upgrade", "--to", "1.001", "--atomic", "instance", "--quiet");
        await installation.SucceedsAsync("upgrade", "s0001?", "--skip-installation", "--quiet");
        await installation.ExecuteAsync("UPDATE s00700.krang_upgrade_journal SET state = 'failed', error = 'ERROR in s00700.story'");
        await installation.ExecuteAsync("UPDATE s00701.krang_upgrade_journal SET state = 'failed', error = 'ERROR in s00701.story'");

        var status = (await installation.SucceedsAsync("status")).Output;

        Assert.Contains($"{Many + 1} targets, including the installation: {Many - 1} active, 2 failed-upgrade; ", status);
        Assert.Matches(@"(?m)^1\.002 +10 +- +s00010, s00011, s00012, s00013, s00014 and 5 more", status);
        Assert.Contains("failed-upgrade, 2 targets: 1.001: ERROR in <schema>.story", status);
        Assert.DoesNotContain("s00500", status);
        Assert.Matches(@"(?m)^s00500 +active +1\.001 ", (await installation.SucceedsAsync("status", "--list")).Output);

        var (_, document) = await installation.RunJsonAsync("status");
        Assert.Equal(Many + 1, document["targets"]!.AsArray().Count);
        Assert.Equal(2, (int)document["summary"]!["statuses"]!["failed-upgrade"]!);

        await installation.ExecuteAsync("""
            UPDATE s00700.krang_upgrade_journal SET state = 'done', error = NULL;
            UPDATE s00701.krang_upgrade_journal SET state = 'done', error = NULL
            """);
        var (exitCode, run) = await installation.RunJsonAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains(run["steps"]!.AsArray(), step => $"{step!["target"]}" == "s01200" && $"{step["state"]}" == "done");
        Assert.Contains("Nothing to do: 1201 targets", (await installation.SucceedsAsync()).Output);
    }

    [Fact]
    public async Task Fails_only_the_instance_whose_schema_went_away_after_planning()
    {
        await using var installation = await CreateAsync(3);
        installation.Drop(new ModuleSource("V1_000") { PerInstance = "DROP SCHEMA IF EXISTS s00002 CASCADE" });
        var result = await installation.RunAsync("upgrade", "--parallel", "1");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("s00002: FAILED", result.Error);
        Assert.Equal("1.002 done V1_002", (await installation.JournalAsync("s00003"))[^1]);
    }

    [Fact]
    public async Task Fails_only_the_instance_whose_database_was_dropped_after_planning()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var database = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()).Database!;
        installation.Settings["Instances"]!["globex"] = new JsonObject { ["Database"] = $"Database={database}" };
        installation.Drop(new ModuleSource("V1_001") { PerInstallation = Gate.Wait, PerInstance = "CREATE TABLE story (id int)" });
        await Gate.CloseAsync(installation);
        using var host = installation.Start("--to", "1.001");
        await Gate.ReachedAsync(installation, host);
        await installation.ExecuteAsync($"DROP DATABASE {database} WITH (FORCE)");
        await Gate.OpenAsync(installation);

        var result = await host.EndAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Matches($"error KU-3001 globex: .*{database}", result.Error);
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Works_through_many_lanes_on_few_connections()
    {
        await using var installation = await CreateAsync(60);
        installation.Settings["Run"] = new JsonObject { ["Parallel"] = 3, ["PerServer"] = 2 };
        installation.Drop(new ModuleSource("V1_003")
        {
            PerInstance = "CREATE TABLE IF NOT EXISTS public.seen (pid int); INSERT INTO public.seen VALUES (pg_backend_pid())",
        });
        await installation.ExecuteAsync("CREATE TABLE public.seen (pid int)");
        await installation.SucceedsAsync("upgrade", "--from", "0");
        Assert.Equal(["2"], await installation.QueryAsync("SELECT count(DISTINCT pid) FROM seen"));
    }

    [Fact]
    public async Task Leaves_nothing_of_one_lane_to_the_next_on_the_same_connection()
    {
        await using var installation = await CreateAsync(4);
        installation.Drop(new ModuleSource("V1_003")
        {
            PerInstance = "CREATE TEMP TABLE mine (id int); PREPARE theirs AS SELECT 1; LISTEN news; SELECT pg_advisory_lock(4711)",
        });
        await installation.SucceedsAsync("upgrade", "--parallel", "1");
        Assert.Equal("1.003 done V1_003", (await installation.JournalAsync("s00004"))[^1]);
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"));
    }

    [Theory]
    [NightlyData("KU-1211", "upgrade", "x*")]
    [NightlyData("KU-1212", "upgrade", "--label", "ring=canary")]
    [InlineData("KU-1109", "upgrade", "--label", "ring")]
    [InlineData("KU-1208", "upgrade", "--exclude", "nobody")]
    [NightlyData("KU-1213", "upgrade", "s00001", "--exclude", "s0*")]
    public async Task Refuses_to_work_on_what_is_not_there(string code, params string[] arguments)
    {
        await using var installation = await CreateAsync(2);
        await installation.RefusesAsync([code], arguments);
        Assert.Empty(await installation.JournalAsync("s00001"));
    }

    [Fact]
    public async Task Has_nothing_to_do_where_none_has_failed()
    {
        await using var installation = await CreateAsync(2);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("upgrade", "--only-failed")).Output);
        Assert.Empty(await installation.JournalAsync("s00001"));
    }
}
