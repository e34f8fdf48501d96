using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Fleets;

public class UpgradingInWaves(TestServer server)
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f"];

    /// <summary>Instance e is the canary; the module fails where the table <c>broken</c> is.</summary>
    private async Task<TestInstallation> CreateAsync(params string[] waves)
    {
        var installation = await TestInstallation.CreateAsync(server, Names);
        installation.Settings["Instances"]!["e"]!["Labels"] = new JsonObject { ["ring"] = "canary" };
        installation.Settings["Run"] = new JsonObject { ["Waves"] = new JsonArray([.. waves.Select(wave => (JsonNode)wave)]) };
        installation.Drop(
            new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story (id int); INSERT INTO story SELECT 1 / n FROM broken" });
        foreach (var name in Names) await installation.ExecuteAsync($"CREATE VIEW {name}.broken AS SELECT 1 AS n");
        return installation;
    }

    private static async Task<string> DoneAsync(TestInstallation installation)
    {
        List<string> done = [];
        foreach (var name in Names)
            if ((await installation.JournalAsync(name)).Contains("1.001 done V1_001")) done.Add(name);
        return string.Concat(done);
    }

    private static Task BreakAsync(TestInstallation installation, string name) =>
        installation.ExecuteAsync($"CREATE OR REPLACE VIEW {name}.broken AS SELECT 0 AS n");

    private static Task MendAsync(TestInstallation installation, string name) =>
        installation.ExecuteAsync($"CREATE OR REPLACE VIEW {name}.broken AS SELECT 1 AS n");

    private static string[] FromZero(params string[] more) => ["--from", "0", .. more];

    [Fact]
    public async Task Takes_the_canary_then_a_share_then_all()
    {
        await using var installation = await CreateAsync("ring=canary", "30 %", "all");
        var result = await installation.SucceedsAsync(FromZero());
        var stages = result.Error.Split('\n').Where(line => line.Contains("wave"))
            .Select(line => line[line.IndexOf("wave", StringComparison.Ordinal)..]);
        Assert.Equal(["wave 1 of 3: e 0..1.001", "wave 2 of 3: 2 instances 0..1.001", "wave 3 of 3: 3 instances 0..1.001"], stages);
        Assert.Equal("abcdef", await DoneAsync(installation));
    }

    [Fact]
    public async Task Stops_before_a_mistake_spreads_and_goes_on_with_the_same_command()
    {
        await using var installation = await CreateAsync("ring=canary", "2");
        await BreakAsync(installation, "e");

        var stopped = await installation.RunAsync(FromZero());

        Assert.Equal(1, stopped.ExitCode);
        Assert.Equal("", await DoneAsync(installation));
        Assert.Contains("not started: wave 2 of 3: 2 instances", stopped.Error);
        Assert.Contains("not started: wave 3 of 3: 3 instances", stopped.Error);
        Assert.Contains("then run the same command: it continues", stopped.Error);

        await MendAsync(installation, "e");
        await installation.SucceedsAsync(FromZero());
        Assert.Equal("abcdef", await DoneAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task Goes_on_while_fewer_fail_than_the_budget_and_then_stops()
    {
        await using var installation = await CreateAsync("2", "2", "all");
        foreach (var name in (string[])["a", "c"]) await BreakAsync(installation, name);

        var result = await installation.RunAsync(FromZero("--stop-after-failures", "2", "--parallel", "1"));

        Assert.Equal(1, result.ExitCode);
        // a fails in the first wave and is one of two; c is the second, and then nothing is begun any more.
        Assert.Equal("b", await DoneAsync(installation));
        Assert.Contains("not started: 1 target of the stage", result.Error);
        Assert.Contains("not started: wave 3 of 3", result.Error);

        foreach (var name in (string[])["a", "c"]) await MendAsync(installation, name);
        var failed = await installation.SucceedsAsync("upgrade", "--only-failed");
        Assert.Equal("abc", await DoneAsync(installation));
        Assert.DoesNotContain("d 1.001", failed.Error);
        await installation.SucceedsAsync(FromZero());
        Assert.Equal("abcdef", await DoneAsync(installation));
    }

    [Nightly]
    [Fact]
    public async Task Holds_an_installation_step_back_until_every_instance_is_there_or_excluded_by_name()
    {
        await using var installation = await CreateAsync("2", "all");
        installation.Drop(new ModuleSource("V1_002") { PerInstance = null, PerInstallation = "CREATE TABLE shared (id int)" });
        await BreakAsync(installation, "b");

        var held = await installation.RunAsync(FromZero("--stop-after-failures", "3"));
        Assert.Equal(1, held.ExitCode);
        Assert.Equal("acdef", await DoneAsync(installation));
        Assert.Contains("not started: installation 1.002", held.Error);

        await installation.SucceedsAsync("--exclude", "b");
        Assert.Equal("1.002 done V1_002", (await installation.JournalAsync())[^1]);
        Assert.Equal(["--exclude: without b"],
            await installation.QueryAsync("SELECT note FROM krang_upgrade_journal WHERE version = '1.002'"));
    }

    [Nightly]
    [Fact]
    public async Task Asks_the_gate_in_each_finished_instance_and_again_after_it_was_closed()
    {
        await using var installation = await CreateAsync("2", "all");
        installation.Settings["Run"]!["Gate"] = new JsonObject { ["Query"] = "SELECT count(*) = 1 FROM story" };
        await installation.ExecuteAsync("CREATE OR REPLACE VIEW b.broken AS SELECT 1 AS n UNION ALL SELECT 1");

        for (var time = 0; time < 2; time++)
        {
            var closed = await installation.RunAsync(FromZero());
            Assert.Equal(1, closed.ExitCode);
            Assert.Contains("KU-5030 gate on b: The gate between two waves is closed: The query returned false.", closed.Error);
            Assert.Equal("ab", await DoneAsync(installation));
        }
        await installation.ExecuteAsync("DELETE FROM b.story WHERE ctid = (SELECT min(ctid) FROM b.story)");
        await installation.SucceedsAsync(FromZero());
        Assert.Equal("abcdef", await DoneAsync(installation));
    }

    [Fact]
    public async Task Does_not_ask_in_an_instance_that_failed_within_the_budget()
    {
        await using var installation = await CreateAsync("2", "all");
        installation.Settings["Run"]!["Gate"] = new JsonObject { ["Query"] = "SELECT count(*) = 1 FROM story" };
        await BreakAsync(installation, "a");
        var result = await installation.RunAsync(FromZero("--stop-after-failures", "50%"));
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("bcdef", await DoneAsync(installation));
    }

    [Theory]
    [InlineData("SELECT interval '1 month'", "type interval")]
    [InlineData("SELECT s FROM story s", "another type")]
    [InlineData("SELECT 1e40::numeric", "type numeric")]
    public async Task Closes_the_gate_for_an_answer_that_is_neither_true_nor_false(string query, string type)
    {
        await using var installation = await CreateAsync("2", "all");
        installation.Settings["Run"]!["Gate"] = new JsonObject { ["Query"] = query };
        var closed = await installation.RunAsync(FromZero());
        Assert.True(closed.ExitCode == 1, $"{closed}");
        Assert.Contains("KU-5030", closed.Error);
        Assert.Contains($"The query returned a value of {type}, which is neither true nor false.", closed.Error);
        Assert.Equal("ab", await DoneAsync(installation));
    }

    [Fact]
    public async Task Lets_a_gate_change_nothing()
    {
        await using var installation = await CreateAsync("2", "all");
        installation.Settings["Run"]!["Gate"] = new JsonObject { ["Query"] = "DELETE FROM story RETURNING true" };
        var closed = await installation.RunAsync(FromZero());
        Assert.Contains("read-only transaction", closed.Error);
        Assert.Equal(["1"], await installation.QueryAsync("SELECT count(*) FROM a.story"));
    }

    [Theory]
    [InlineData("test -e go", "ended with exit code 1")]
    [NightlyData("echo too many errors >&2; exit 3", "ended with exit code 3. It said: too many errors.")]
    [NightlyData("sleep 30", "did not end within 1 seconds")]
    public async Task Runs_a_command_between_waves(string command, string told)
    {
        await using var installation = await CreateAsync("2", "all");
        installation.Settings["Run"]!["Gate"] = new JsonObject { ["Command"] = command, ["Timeout"] = "00:00:01" };
        var closed = await installation.RunAsync(FromZero());
        Assert.Equal(1, closed.ExitCode);
        Assert.Contains(told, closed.Error);
        Assert.Equal("ab", await DoneAsync(installation));

        installation.Settings["Run"]!["Gate"]!["Command"] = "test -n \"$KRANG_RUN\" && touch seen";
        await installation.SucceedsAsync(FromZero());
        Assert.True(File.Exists(Path.Combine(installation.Root, "seen")));
    }

    [Fact]
    public async Task Is_shown_by_the_plan()
    {
        await using var installation = await CreateAsync("ring=canary", "all");
        installation.Settings["Run"]!["Gate"] = new JsonObject { ["Query"] = "SELECT true", ["Command"] = "true" };
        var plan = (await installation.SucceedsAsync("plan", "--from", "0")).Output;
        Assert.Matches(@"(?m)^3 +e +- +- +gate: SELECT true", plan);
        Assert.Matches(@"(?m)^4 +installation +- +- +gate: true", plan);
        Assert.Equal("", await DoneAsync(installation));
    }

    [Fact]
    public async Task Refuses_waves_that_make_no_sense()
    {
        await using var installation = await CreateAsync("ring=moon", "120 %", "0", "all", "1");
        await installation.RefusesAsync(["KU-1005", "KU-1005"], "--from", "0");
        installation.Settings["Run"]!["Waves"] = new JsonArray("ring=moon", "all", "1");
        await installation.RefusesAsync(["KU-4015", "KU-4015"], "--from", "0");
        installation.Settings["Run"]!["Waves"] = new JsonArray("1");
        await installation.RefusesAsync(["KU-1110"], "--from", "0", "--stop-after-failures", "120%");
    }
}
