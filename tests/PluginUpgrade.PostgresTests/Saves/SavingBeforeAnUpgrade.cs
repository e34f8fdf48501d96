using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Saves;

public class SavingBeforeAnUpgrade(TestServer server)
{
    private const string Drop = "DROP TABLE story";

    [Fact]
    public async Task B1_holds_what_the_first_step_destroys()
    {
        await using var installation = await InstallationAsync(Irreversible("V1_002", Drop));

        await installation.SucceedsAsync("--yes");

        var save = await installation.NewestSaveAsync();
        Assert.True(save.Manifest!.BeforeUpgrade);
        Assert.Equal(["acme", "globex"], save.Manifest.Targets.Select(target => $"{target}"));
        Assert.All(save.Manifest.Targets, target =>
        {
            Assert.Equal("1.001", target.Versions[""]);
            Assert.Equal("1.002", target.Goals[""]);
        });
        Assert.Empty(await installation.QueryAsync("SELECT 1 FROM pg_tables WHERE tablename = 'story' AND schemaname = 'acme'"));
        var back = await Saved.ReadBackAsync(server, save, target => target.Name == "acme");
        Assert.Equal(["kept"], await installation.QueryAsync("SELECT title FROM acme.story", back));
        var finished = save.Manifest.FinishedAt.UtcDateTime.ToString("O");
        Assert.Equal(["2"], await installation.QueryAsync($"""
            SELECT count(*) FROM (SELECT * FROM acme.krang_upgrade_journal UNION ALL SELECT * FROM globex.krang_upgrade_journal) j
            WHERE version = '1.002' AND state = 'done' AND started_at >= '{finished}'::timestamptz
            """));
    }

    [Fact]
    public async Task B1_a_save_that_fails_refuses_the_upgrade_and_nothing_is_touched()
    {
        using var failing = new FakeClients(dump: "echo 'out of paper' >&2; exit 1");
        await using var installation = await InstallationAsync(Irreversible("V1_002", Drop));
        installation.Settings["Postgres"] = new JsonObject { ["Bin"] = failing.Directory };

        var result = await installation.RefusesAsync(["KU-7005", "KU-7017"], "--yes");

        Assert.Contains("out of paper", result.Error);
        Assert.Contains("--no-save", result.Error);
        await installation.SucceedsAsync("--no-save", "--yes");
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Is_left_out_where_no_step_could_harm_for_good()
    {
        await using var installation = await InstallationAsync(new ModuleSource("V1_002") { PerInstance = "CREATE TABLE more ()" });

        await installation.SucceedsAsync("--yes");

        Assert.Empty(Saved.Entries(installation));
    }

    [Nightly]
    [Fact]
    public async Task Is_taken_of_all_targets_where_that_is_asked_for()
    {
        await using var installation = await InstallationAsync(new ModuleSource("V1_002")
        {
            PerInstance = "CREATE TABLE more ()",
            PerInstallation = "CREATE TABLE more ()",
        });
        installation.Settings["Run"] = new JsonObject { ["Save"] = "never" };

        await installation.SucceedsAsync("--save", "--yes");

        var save = await installation.NewestSaveAsync();
        Assert.Equal(["installation", "acme", "globex"], save.Manifest!.Targets.Select(target => $"{target}"));
    }

    [Nightly]
    [Fact]
    public async Task Follows_the_setting()
    {
        await using var installation = await InstallationAsync(new ModuleSource("V1_002") { PerInstance = "CREATE TABLE more ()" });
        installation.Settings["Run"] = new JsonObject { ["Save"] = "always" };
        await installation.SucceedsAsync("upgrade", "acme", "--yes");
        Assert.Equal(["acme"], (await installation.NewestSaveAsync()).Manifest!.Targets.Select(target => $"{target}"));

        installation.Settings["Run"] = new JsonObject { ["Save"] = "never" };
        installation.Drop(Irreversible("V1_003", Drop));
        await installation.SucceedsAsync("--yes");

        Assert.Single(Saved.Entries(installation));
    }

    [Nightly]
    [Fact]
    public async Task Is_shown_by_the_plan_and_taken_by_no_dry_run()
    {
        await using var installation = await InstallationAsync(Irreversible("V1_002", Drop));

        var plan = await installation.SucceedsAsync("plan");
        var (_, document) = await installation.RunJsonAsync("plan");
        await installation.SucceedsAsync("--dry-run");

        Assert.Contains("irreversible", plan.Output);
        Assert.Contains("Will be saved before the first step: acme, globex.", plan.Output);
        Assert.Equal(["acme", "globex"], document["saved"]!.AsArray().Select(target => $"{target}"));
        Assert.Empty(Saved.Entries(installation));
    }

    [Fact]
    public async Task Is_taken_before_a_module_that_is_run_by_hand()
    {
        await using var installation = await InstallationAsync(Irreversible("V1_002", Drop));

        await installation.SucceedsAsync("run", "V1_002", "acme", "--yes");

        Assert.Equal(["acme"], (await installation.NewestSaveAsync()).Manifest!.Targets.Select(target => $"{target}"));
    }

    [Fact]
    public async Task Is_named_with_its_restore_command_when_the_run_fails()
    {
        const string failInGlobex = "DO $$ BEGIN IF current_schema() = 'globex' THEN RAISE 'no'; END IF; END $$";
        await using var installation = await InstallationAsync(Irreversible("V1_002", failInGlobex));

        var result = await installation.RunAsync("--yes");

        Assert.Equal(1, result.ExitCode);
        var first = await installation.NewestSaveAsync();
        var root = $"--root {installation.Root}";
        Assert.Contains($"to restore what failed: krang-upgrade restore globex --save {first.Id} {root}\n", result.Error);
        Assert.Contains($"to restore everything in the save: krang-upgrade restore --save {first.Id} {root}\n", result.Error);

        var (exitCode, document) = await installation.RunJsonAsync("--yes");
        var second = await installation.NewestSaveAsync();
        Assert.Equal(1, exitCode);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(second.Id, $"{document["save"]!["id"]}");
        Assert.Equal([$"krang-upgrade restore --save {second.Id} {root}"],
            document["restore"]!.AsArray().Select(command => $"{command}"));
    }

    /// <summary>imtkain/sales-repo-v2#34: what is saved after the upgrade pushes out the only save from before it.</summary>
    [Nightly]
    [Fact]
    public async Task Trap_is_not_removed_for_the_sake_of_later_ones_while_it_may_be_needed()
    {
        await using var installation = await InstallationAsync(Irreversible("V1_002", "SELECT 1 / 0"));
        Assert.Equal(1, (await installation.RunAsync("--yes")).ExitCode);
        var first = await installation.NewestSaveAsync();
        await installation.TakeAsync();
        Assert.Equal(1, (await installation.RunAsync("--yes")).ExitCode);
        var second = await installation.NewestSaveAsync();
        var last = await installation.TakeAsync();

        var result = await installation.SucceedsAsync("saves", "--keep", "1", "--yes");

        Assert.Contains("1 save removed", result.Output);
        Assert.Contains($"kept: {first.Id}, taken before a run that is unfinished according to the journals", result.Error);
        Assert.Contains($"kept: {second.Id}, the last save taken before an upgrade", result.Error);
        Assert.Equal([first.Id, second.Id, last.Id], Saved.Directory(installation).Saves().Select(save => save.Id));

        // Finished at last: only the newest from before an upgrade stays beside the newest of all.
        installation.Drop(Irreversible("V1_002", Drop));
        await installation.SucceedsAsync("--no-save", "--yes");
        Assert.Contains($"would be removed: {first.Id}", (await installation.SucceedsAsync("saves", "--keep", "1", "--dry-run")).Output);
        await installation.SucceedsAsync("saves", "--keep", "1", "--yes");
        Assert.Equal([second.Id, last.Id], Saved.Directory(installation).Saves().Select(save => save.Id));
    }

    private static ModuleSource Irreversible(string name, string sql) =>
        new(name) { Version = name[1..].Replace('_', '.'), Irreversible = true, PerInstance = sql };

    /// <summary>Two instances at 1.001, each with a table of one row; and this module pending.</summary>
    private async Task<TestInstallation> InstallationAsync(ModuleSource pending)
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstance = "CREATE TABLE story (title text); INSERT INTO story VALUES ('kept')",
        });
        await installation.SucceedsAsync("--yes");
        installation.Drop(pending);
        return installation;
    }
}
