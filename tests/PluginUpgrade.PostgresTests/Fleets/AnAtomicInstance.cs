namespace PluginUpgrade.PostgresTests.Fleets;

public class AnAtomicInstance(TestServer server)
{
    private async Task<TestInstallation> CreateAsync(params ModuleSource[] more)
    {
        var installation = await TestInstallation.CreateAsync(server, "a", "b");
        installation.Drop(
        [
            new("V1_001") { PerInstance = "CREATE TABLE story (id int)" },
            new("V1_002") { PerInstance = "INSERT INTO story VALUES (1)" },
            .. more,
        ]);
        return installation;
    }

    private static readonly string[] Atomic = ["upgrade", "--atomic", "instance"];

    [Fact]
    public async Task Is_upgraded_in_one_transaction()
    {
        await using var installation = await CreateAsync();
        var result = await installation.SucceedsAsync(Atomic);
        Assert.Equal(["1"], await installation.QueryAsync("SELECT count(DISTINCT xid) FROM a.krang_upgrade_journal WHERE module <> ''"));
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("a"));
        Assert.Contains("a 1.001: done", result.Error);
        Assert.Contains("a 1.002: done", result.Error);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync(Atomic)).Output);
    }

    [Fact]
    public async Task Keeps_nothing_of_the_steps_before_a_failure_and_the_others_are_unharmed()
    {
        await using var installation = await CreateAsync(new ModuleSource("V1_003") { PerInstance = "SELECT 1 / n FROM b.zero" });
        await installation.ExecuteAsync("CREATE VIEW b.zero AS SELECT CASE current_schema() WHEN 'b' THEN 0 ELSE 1 END AS n");

        var failed = await installation.RunAsync([.. Atomic, "--from", "0"]);

        Assert.Equal(1, failed.ExitCode);
        Assert.Equal(["0 baseline", "1.001 done V1_001", "1.002 done V1_002", "1.003 done V1_003"], await installation.JournalAsync("a"));
        Assert.Equal(["1.003 failed V1_003"], await installation.JournalAsync("b"));
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('b.story')::text"));
        Assert.Contains("b 1.001: rolled back with b 1.003", failed.Error);
        Assert.DoesNotContain("b 1.001: done", failed.Error);

        await installation.ExecuteAsync("DROP VIEW b.zero; CREATE VIEW b.zero AS SELECT 1 AS n");
        await installation.SucceedsAsync([.. Atomic, "--from", "0"]);
        Assert.Equal("1.003 done V1_003", (await installation.JournalAsync("b"))[^1]);
    }

    [Nightly]
    [Fact]
    public async Task Goes_on_with_what_another_run_has_done_meanwhile_left_out()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync("--to", "1.001");
        await installation.SucceedsAsync(Atomic);
        Assert.Equal(["2"], await installation.QueryAsync("SELECT count(DISTINCT xid) FROM a.krang_upgrade_journal WHERE module <> ''"));
    }

    [Theory]
    [NightlyData("COMMIT; BEGIN")]
    [InlineData("COMMIT")]
    public async Task Is_torn_where_a_module_ends_the_transaction(string end)
    {
        await using var installation = await CreateAsync(
            new ModuleSource("V1_003") { PerInstance = $"CREATE TABLE half (id int); {end}" },
            new ModuleSource("V1_004") { PerInstance = "CREATE TABLE never (id int)" });

        var torn = await installation.RunAsync([.. Atomic, "a", "--skip-installation"]);

        Assert.Equal(1, torn.ExitCode);
        Assert.True(torn.Error.Contains("KU-5004"), $"{torn}");
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002", "1.003 running V1_003"], await installation.JournalAsync("a"));
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('a.never')::text"));
        Assert.Contains("a 1.001: done", torn.Error);
    }

    [Fact]
    public async Task Begins_each_step_in_a_session_as_new()
    {
        await using var installation = await CreateAsync(
            new ModuleSource("V1_003") { PerInstance = "SET search_path = b; SET work_mem = '77MB'; SET LOCAL lock_timeout = 1" },
            new ModuleSource("V1_004")
            {
                PerInstance = "CREATE TABLE told AS SELECT current_setting('work_mem') AS m, current_setting('lock_timeout') AS l",
            });
        await installation.SucceedsAsync(Atomic);
        Assert.Equal(["4MB 5s"], await installation.QueryAsync("SELECT m || ' ' || l FROM a.told"));
    }
}
