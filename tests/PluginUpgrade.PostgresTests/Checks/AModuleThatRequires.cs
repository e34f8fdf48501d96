using System.Reflection.Emit;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>[Requires…] on real servers: before anything changes where that can be known, else right before the step.</summary>
public class AModuleThatRequires(TestServer server)
{
    private static ModuleSource Requiring<T>(string name, string[] arguments, string? minimum = null) where T : Attribute =>
        Sample.ForInstances(name) with
        {
            More = type => type.SetCustomAttribute(new CustomAttributeBuilder(typeof(T).GetConstructors().Single(), arguments,
                minimum is null ? [] : [typeof(T).GetProperty(nameof(RequiresExtensionAttribute.MinimumVersion))!],
                minimum is null ? [] : [minimum])),
        };

    private static ModuleSource Query(string name, string sql, string why = "There is a table story.") =>
        Requiring<RequiresQueryAttribute>(name, [sql, why]);

    private async Task<TestInstallation> CreateAsync(params ModuleSource[] modules)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(modules);
        return installation;
    }

    [Nightly]
    [Fact]
    public async Task An_extension_that_the_server_does_not_have_is_refused_for_all_targets_together()
    {
        await using var installation = await CreateAsync(
            Sample.ForInstances("V1_001"), Requiring<RequiresExtensionAttribute>("V1_002", ["no_such_extension"]),
            Requiring<RequiresExtensionAttribute>("V1_003", ["plpgsql"], "1.0"));

        var refused = await installation.RefusesAsync(["KU-3231"]);

        Assert.Contains("acme, globex: V1_002 cannot run: it needs extension no_such_extension, which is not installed", refused.Error);
        Assert.Contains("Install the extension's package on the server", refused.Error);
        await installation.RefusesAsync(["KU-3231"], "check");
        await installation.SucceedsAsync("--to", "1.001");
    }

    [Fact]
    public async Task An_extension_that_is_too_old_is_refused_with_both_versions()
    {
        await using var installation = await CreateAsync(Requiring<RequiresExtensionAttribute>("V1_001", ["plpgsql"], "1.1"));
        Assert.Contains("it needs extension plpgsql 1.1, but the database has 1.0", (await installation.RefusesAsync(["KU-3231"])).Error);
    }

    [Fact]
    public async Task An_extension_that_an_earlier_step_makes_is_not_refused()
    {
        await using var installation = await CreateAsync();
        var some = await installation.QueryAsync(
            "SELECT name FROM pg_available_extensions WHERE installed_version IS NULL AND name IN ('pg_trgm', 'hstore', 'citext') LIMIT 1");
        Assert.SkipWhen(some is [], "this server offers none of these extensions");
        installation.Drop(
            new ModuleSource("V1_001") { PerInstance = null, PerInstallation = $"CREATE EXTENSION {some[0]}" },
            Requiring<RequiresExtensionAttribute>("V1_002", [some[0]]));
        await installation.SucceedsAsync();
        Assert.Equal(["V1_002"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task A_setting_that_takes_a_new_start_of_the_server_is_refused_also_for_a_later_step()
    {
        await using var installation = await CreateAsync(
            Sample.ForInstances("V1_001"), Requiring<RequiresSettingAttribute>("V1_002", ["wal_level", "logical"]),
            Requiring<RequiresSettingAttribute>("V1_003", ["Server_Encoding", "utf8"]));
        var refused = await installation.RefusesAsync(["KU-3232"]);
        Assert.Contains("V1_002 cannot run: it needs wal_level = logical, but it is 'replica'.", refused.Error);
        Assert.Contains("restart the server", refused.Error);
    }

    [Fact]
    public async Task A_setting_of_the_database_counts()
    {
        await using var installation = await CreateAsync(Requiring<RequiresSettingAttribute>("V1_001", ["shop.mode", "quiet"]));
        await installation.RefusesAsync(["KU-3232"]);
        await installation.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET shop.mode = quiet', current_database()); END $$");
        await installation.SucceedsAsync();
    }

    [Fact]
    public async Task A_query_is_asked_in_each_target_and_refused_by_those_where_it_is_not_true()
    {
        await using var installation = await CreateAsync(Query("V1_001", "SELECT to_regclass('story') IS NOT NULL"));
        await installation.ExecuteAsync("CREATE TABLE acme.story ()");

        var refused = await installation.RefusesAsync(["KU-3233"], "--from", "0");

        Assert.Contains("KU-3233 globex: V1_001 cannot run: There is a table story. The query 'SELECT to_regclass", refused.Error);
        Assert.Contains("returned false.", refused.Error);
        await installation.RefusesAsync(["KU-3233"], "check", "--from", "0");
        await installation.RefusesAsync(["KU-3233"], "run", "V1_001", "globex");
        await installation.ExecuteAsync("CREATE TABLE globex.story ()");
        await installation.SucceedsAsync("--from", "0");
    }

    [Theory]
    [InlineData("SELECT 1 WHERE false", "returned no row")]
    [NightlyData("SELECT NULL::boolean", "returned NULL")]
    [NightlyData("SELECT 7", "returned 7, which is neither true nor false")]
    [InlineData("SELECT interval '1 month'", "returned a value of type interval, which is neither true nor false")]
    [NightlyData("CREATE TABLE changed ()", "read-only transaction")]
    [NightlyData("SELECT no_such_column", "no_such_column")]
    public async Task A_query_that_does_not_answer_true_is_a_no_and_changes_nothing(string sql, string told)
    {
        await using var installation = await CreateAsync(Query("V1_001", sql));
        Assert.Contains(told, (await installation.RefusesAsync(["KU-3233"])).Error);
    }

    [Fact]
    public async Task A_query_whose_value_cannot_be_read_is_a_no()
    {
        await using var installation = await CreateAsync(Query("V1_001", "SELECT ROW(1)::pair"));
        foreach (var schema in (string[])["acme", "globex"]) await installation.ExecuteAsync($"CREATE TYPE {schema}.pair AS (a int)");

        var refused = await installation.RefusesAsync(["KU-3233"], "--from", "0");

        Assert.Contains("returned a value of type pair, which is neither true nor false", refused.Error);
    }

    [Theory]
    [NightlyData("step")]
    [InlineData("instance")]
    public async Task A_query_that_an_earlier_step_makes_true_is_asked_right_before_its_own(string atomic)
    {
        await using var installation = await CreateAsync(
            new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story (id int); INSERT INTO story VALUES (1)" },
            Query("V1_002", "SELECT count(*) = 1 FROM story"));
        await installation.SucceedsAsync("--atomic", atomic);
        Assert.Equal(["V1_002"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task A_query_that_no_step_has_made_true_fails_its_own_cleanly_and_the_same_command_goes_on()
    {
        await using var installation = await CreateAsync(
            new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story (id int)" }, Query("V1_002", "SELECT count(*) = 1 FROM story"));

        var failed = await installation.RunAsync();

        Assert.Equal(1, failed.ExitCode);
        Assert.Matches("KU-5045 V1_002 on .*acme.*: The module did not run: There is a table story. The query", failed.Error);
        Assert.Equal(["1.001 done V1_001", "1.002 failed V1_002"], await installation.JournalAsync("acme"));
        Assert.Empty(await installation.CallsAsync("acme"));
        // Now it is the next step of both: known, and refused.
        await installation.RefusesAsync(["KU-3233"]);
        foreach (var schema in (string[])["acme", "globex"]) await installation.ExecuteAsync($"INSERT INTO {schema}.story VALUES (1)");
        await installation.SucceedsAsync();
        Assert.Equal(["V1_002"], await installation.CallsAsync("globex"));
    }

    [Fact]
    public async Task A_dry_run_asks_too()
    {
        await using var installation = await CreateAsync(
            new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story (id int)" }, Query("V1_002", "SELECT count(*) = 1 FROM story"));
        var failed = await installation.RunAsync("--dry-run");
        Assert.Equal(1, failed.ExitCode);
        Assert.Matches("KU-5045 V1_002 on .*acme", failed.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task T3_a_target_that_never_stood_where_the_module_takes_over_is_refused()
    {
        await using var installation = await CreateAsync(Requiring<RequiresVersionAttribute>("V2_000", ["1.009"]));

        var refused = await installation.RefusesAsync(["KU-3230"]);
        Assert.Contains("V2_000 cannot run: it requires 1.009 or a later version, the target is at 0", refused.Error);

        installation.Drop(Sample.ForInstances("V1_009"));
        await installation.SucceedsAsync();
        Assert.Equal(["V1_009", "V2_000"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task Many_instances_of_one_database_are_asked_together()
    {
        var names = Enumerable.Range(1, 230).Select(i => $"i{i:000}").ToArray();
        await using var installation = await TestInstallation.CreateAsync(server, names);
        installation.Drop(Query("V1_001", "SELECT current_schema() NOT IN ('i007', 'i150')", "It is neither."));
        Assert.Contains("KU-3233 i007, i150: V1_001", (await installation.RefusesAsync(["KU-3233"])).Error);

        // One that cannot even be asked does not hide the others.
        installation.Drop(Query(
            "V1_001", "SELECT 1 / (current_schema() <> 'i099')::int = 1 AND current_schema() <> 'i229'", "It is neither."));
        var refused = await installation.RefusesAsync(["KU-3233", "KU-3233"]);
        Assert.Contains("KU-3233 i099: V1_001 cannot run: its requirements could not be checked", refused.Error);
        Assert.Contains("KU-3233 i229: V1_001", refused.Error);
    }

    // Checks of the module's own: tests/Modules/Checking.

    private async Task<TestInstallation> CheckingAsync(string? check = null, string module = "V4_001")
    {
        var installation = await CreateAsync();
        installation.DropBuilt(BuiltFiles.TestModule("Checking"), "Checking");
        if (check is not null) installation.Settings["Modules"] = new JsonObject { [module] = new JsonObject { ["Check"] = check } };
        return installation;
    }

    [Nightly]
    [Fact]
    public async Task What_its_own_check_answers_refuses_the_upgrade()
    {
        await using var installation = await CheckingAsync();
        await installation.ExecuteAsync(
            "CREATE TABLE globex.obstacle (what text); INSERT INTO globex.obstacle VALUES ('Two stories share a name'), ('b')");
        // The installation's step comes first in the same database, and could change the answer: so it is no instance's turn yet.
        await installation.SucceedsAsync("--installation-only");

        var refused = await installation.RefusesAsync(["KU-3234", "KU-3234"], "--from", "0");

        Assert.Contains("KU-3234 globex: V4_001 cannot run: Two stories share a name.", refused.Error);
        await installation.RefusesAsync(["KU-3234", "KU-3234"], "check", "--from", "0");
        await installation.ExecuteAsync("DELETE FROM globex.obstacle");
        await installation.SucceedsAsync("--from", "0");
        Assert.Contains("4.002 done V4_002", await installation.JournalAsync("globex"));
    }

    [Fact]
    public async Task What_its_own_check_answers_right_before_the_step_fails_the_step()
    {
        await using var installation = await CheckingAsync("no", "V4_002");
        var failed = await installation.RunAsync();
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("KU-5045 V4_002 on acme: The module did not run: acme may not have titles.", failed.Error);
        Assert.Equal(["4.001 done V4_001", "4.002 failed V4_002"], await installation.JournalAsync("acme"));
    }

    [Theory]
    [NightlyData("write", "read-only transaction")]
    [InlineData("throw", "its check failed: InvalidOperationException: the check itself is broken")]
    [NightlyData("wait", "its check did not end within 00:00:01")]
    [NightlyData("hang", "its check did not end within 00:00:01")]
    public async Task A_check_that_is_broken_refuses_by_name_and_changes_nothing(string how, string told)
    {
        await using var installation = await CheckingAsync(how);
        installation.Settings["Instances"]!.AsObject().Remove("globex");
        installation.Settings["Run"] = new JsonObject { ["StepTimeouts"] = new JsonObject { ["V4_001"] = "00:00:01" } };
        var refused = await installation.RefusesAsync(["KU-3235"], "upgrade", "acme", "--skip-installation");
        Assert.Contains("acme: V4_001 cannot run:", refused.Error);
        Assert.Contains(told, refused.Error);
    }

    [Fact]
    public async Task A_check_may_not_change_files()
    {
        await using var installation = await CheckingAsync("files");
        Assert.Contains("A check must not change anything", (await installation.RefusesAsync(["KU-3235"])).Error);
    }
}
