using System.Text.Json.Nodes;
using PluginUpgrade.Postgres;
using PluginUpgrade.PostgresTests.Steps;

namespace PluginUpgrade.PostgresTests.Modules;

/// <summary>A step opens connections besides its own: same target, same schema and settings. They end with the step.</summary>
public class ASecondConnection(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<TestInstallation> CreateAsync(string wish, params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances is [] ? ["acme"] : instances);
        installation.DropBuilt(BuiltFiles.TestModule("Guest"), "Guest");
        installation.Settings["Modules"] = new JsonObject { ["V6_001"] = new JsonObject { ["Wish"] = wish } };
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "1s" };
        return installation;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task G2d_has_the_targets_schema_and_settings_and_sees_what_is_committed(bool pooled)
    {
        await using var installation = await CreateAsync("describe");
        await using var bouncer = pooled ? await PgBouncer.StartAsync(await server.StartedAsync(), "session") : null;
        if (bouncer is not null) installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);
        installation.Settings["Run"]!["SearchPath"] = new JsonArray("pg_catalog");

        await installation.DoneAsync("--to", "6.001");

        // A pooler keeps the name that each of its clients said last.
        var differ = pooled ? "regclass|pid|application_name" : "regclass|pid";
        var told = await installation.QueryAsync(
            $"SELECT what FROM acme.told WHERE own IS DISTINCT FROM other AND what !~ '{differ}' ORDER BY 1");
        Assert.Equal([], told);
        Assert.Equal(["told nothing"], await installation.QueryAsync("SELECT own || ' ' || other FROM acme.told WHERE what ~ 'regclass'"));
        Assert.Equal(["acme 1s"], await installation.QueryAsync("""
            SELECT s.other || ' ' || l.other FROM acme.told s, acme.told l WHERE s.what ~ 'current_schema' AND l.what ~ 'lock_timeout'
            """));
        Assert.Equal(["True"], await installation.QueryAsync("SELECT own <> other FROM acme.told WHERE what ~ 'pid'"));
    }

    /// <summary>What the role needs to log in is not in the connection's own string.</summary>
    [Fact]
    public async Task G2d_logs_in_with_the_password()
    {
        await using var installation = await CreateAsync("write");
        await using var own = await PasswordServer.StartAsync(Token);
        installation.Settings["Installation"]!["Database"] = own.As("guest", "s3cret");
        await own.CreateUserAsync("guest", "s3cret");
        await own.ExecuteAsync("CREATE SCHEMA acme AUTHORIZATION guest");

        await installation.DoneAsync("upgrade", "acme", "--to", "6.001");

        Assert.Equal("acme.kept", await own.AskAsync("SELECT to_regclass('acme.kept')::text"));
    }

    [Fact]
    public async Task G2d_is_closed_at_the_steps_end_and_what_is_open_rolls_back()
    {
        await using var installation = await CreateAsync("leave open");
        await installation.DoneAsync("--to", "6.001");
        Assert.Equal(["acme.kept nothing"], await installation.QueryAsync(
            "SELECT to_regclass('acme.kept')::text || ' ' || coalesce(to_regclass('acme.lost')::text, 'nothing')"));
    }

    [Fact]
    public async Task G2d_that_is_at_work_at_the_steps_end_is_ended_and_fails_the_step()
    {
        await using var installation = await CreateAsync("leave busy");
        var result = await installation.RunAsync("--to", "6.001");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["0"], await installation.QueryAsync(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"));
    }

    [Fact]
    public async Task G2d_that_hangs_ends_with_the_steps_time()
    {
        await using var installation = await CreateAsync("hang");
        installation.Settings["Run"]!["StepTimeouts"] = new JsonObject { ["V6_001"] = "1s" };
        var result = await installation.RunAsync("--to", "6.001");
        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("still", result.Error);
        Assert.Equal(["0"], await installation.QueryAsync(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"));
    }

    [Fact]
    public async Task G2d_keeps_what_it_committed_when_the_step_fails()
    {
        await using var installation = await CreateAsync("fail");
        Assert.Equal(1, (await installation.RunAsync("--to", "6.001")).ExitCode);
        Assert.Equal(["acme.kept nothing"], await installation.QueryAsync(
            "SELECT to_regclass('acme.kept')::text || ' ' || coalesce(to_regclass('acme.lost')::text, 'nothing')"));
    }

    [Fact]
    public async Task G2d_that_waits_for_a_lock_of_its_own_step_ends_with_the_lock_timeout()
    {
        await using var installation = await CreateAsync("wait for itself");
        await installation.ExecuteAsync("CREATE TABLE acme.there (id int)");
        var result = await installation.RunAsync("--from", "6", "--to", "6.001");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("55P03", result.Error);
    }

    [Fact]
    public async Task G2d_cannot_write_in_a_dry_run()
    {
        await using var installation = await CreateAsync("write");
        var result = await installation.RunAsync("--to", "6.001", "--dry-run");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("25006", result.Error);
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.kept')::text"));
    }

    [Fact]
    public async Task G2e_has_type_mappings_of_the_modules_own()
    {
        await using var installation = await CreateAsync("map");
        await installation.DoneAsync("--to", "6.001");
        Assert.Equal(["happy"], await installation.QueryAsync("SELECT mood::text FROM acme.mapped"));
    }

    /// <summary>One place on the server, and the step that has it wants three more.</summary>
    [Fact]
    public async Task G2d_never_waits_for_a_place_that_its_own_lane_has()
    {
        await using var installation = await CreateAsync("many", "acme", "globex", "initech");
        await installation.DoneAsync("--to", "6.001", "--Run:PerServer=1", "--parallel", "3");
        Assert.Equal(["6.001 done V6_001"], await installation.JournalAsync("initech"));
    }

    /// <summary>All lanes of the run have what the server has room for, and each wants one more: the run ends all the same.</summary>
    [Fact]
    public async Task G2d_on_a_full_server_fails_the_step_and_does_not_wait_for_ever()
    {
        await using var installation = await CreateAsync("many", "acme", "globex");
        await using var own = await PasswordServer.StartAsync(Token);
        await own.CreateUserAsync("guest", "s3cret");
        await own.ExecuteAsync("ALTER ROLE guest CONNECTION LIMIT 2");
        await own.ExecuteAsync("CREATE SCHEMA acme AUTHORIZATION guest; CREATE SCHEMA globex AUTHORIZATION guest");
        installation.Settings["Installation"]!["Database"] = own.As("guest", "s3cret");

        var result = await installation.RunAsync(
            "upgrade", "acme", "globex", "--to", "6.001", "--parallel", "2", "--Run:ReconnectWithin=2s");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("53300", result.Error);
    }

    [Fact]
    public async Task G2d_counts_as_a_lane_does()
    {
        using var limits = new ServerLimits(2, new ServerWait(TimeSpan.FromSeconds(1), TimeProvider.System));
        var lane = await limits.EnterAsync("server", "Host=server", Token);
        var (first, second) = (limits.EnterBeside("server"), limits.EnterBeside("server"));

        var next = limits.EnterAsync("server", "Host=server", Token);
        first.Dispose();
        first.Dispose();
        Assert.False(next.IsCompleted);
        second.Dispose();

        using var entered = await next;
        var last = limits.EnterAsync("server", "Host=server", Token);
        Assert.False(last.IsCompleted);
        lane.Dispose();
        (await last).Dispose();
    }
}
