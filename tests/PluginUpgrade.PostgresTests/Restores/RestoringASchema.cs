using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.Journals;

namespace PluginUpgrade.PostgresTests.Restores;

public class RestoringASchema(TestServer server)
{
    [Theory]
    [NightlyData("acme")]
    [NightlyData("a b")]
    [InlineData("we\"ird;'--$$")]
    [NightlyData("UPPER\\.")]
    [NightlyData("select")]
    [NightlyData("a*.?[x]|\"y\"")]
    [NightlyData("é😀 %s")]
    public async Task B3_after_sabotage_gives_an_identical_dump(string schema)
    {
        await using var installation = await CreateAsync(schema);
        var place = PostgresName.Quote(schema);
        await installation.ExecuteAsync(Everything.Sql(place, await MajorAsync(installation)));
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(installation.Database, schema);
        var around = await DumpText.OfAsync(installation.Database, "neighbour");
        await installation.ExecuteAsync(Everything.Sabotage(place));
        Assert.NotEqual(before, await DumpText.OfAsync(installation.Database, schema));

        var result = await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database, schema));
        Assert.Equal(around, await DumpText.OfAsync(installation.Database, "neighbour"));
        Assert.StartsWith("Restored: 1 target from ", result.Output);
        Refusal.IsForPeople(result);
    }

    [Fact]
    public async Task B3_restoring_all_targets_side_by_side_leaves_what_belongs_to_extensions()
    {
        await using var installation = await CreateAsync("acme", "globex", "initech");
        await installation.ExecuteAsync(
            "CREATE EXTENSION pgcrypto SCHEMA public; CREATE TABLE public.accounts (id uuid DEFAULT public.gen_random_uuid())");
        foreach (var schema in new[] { "acme", "globex", "initech" })
            await installation.ExecuteAsync($"""
                CREATE TABLE {schema}.story (hash bytea DEFAULT public.digest('x', 'md5')); INSERT INTO {schema}.story DEFAULT VALUES
                """);
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(installation.Database);
        await installation.ExecuteAsync(
            "DROP TABLE acme.story, globex.story, public.accounts; DROP SCHEMA initech CASCADE; CREATE TABLE public.more ()");

        await installation.SucceedsAsync("restore", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database));
    }

    [Fact]
    public async Task B4_makes_an_instance_that_is_missing()
    {
        await using var installation = await CreateAsync("acme", "globex");
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer); GRANT USAGE ON SCHEMA acme TO restored_reader");
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(installation.Database, "acme");
        await installation.ExecuteAsync("DROP SCHEMA acme CASCADE");

        var result = await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Contains("acme: now missing", result.Error);
        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    [Nightly]
    [Fact]
    public async Task B4_makes_a_database_that_is_missing()
    {
        await using var installation = await CreateAsync("acme");
        var other = await server.CreateDatabaseAsync();
        var name = new NpgsqlConnectionStringBuilder(other).Database!;
        installation.Settings["Instances"]!["lone"] = new JsonObject { ["Database"] = $"Database={name}", ["Schema"] = "lone" };
        await installation.ExecuteAsync(
            "CREATE SCHEMA lone; CREATE TABLE lone.story (id integer); INSERT INTO lone.story VALUES (7)", other);
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(other, "lone");
        await installation.ExecuteAsync($"DROP DATABASE {name}");

        await installation.SucceedsAsync("restore", "lone", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(other, "lone"));
    }

    [Fact]
    public async Task Creates_no_missing_database_when_another_run_has_begun_since_the_question()
    {
        await using var installation = await CreateAsync("acme");
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:00.5" };
        var other = await server.CreateDatabaseAsync();
        var name = new NpgsqlConnectionStringBuilder(other).Database!;
        installation.Settings["Instances"]!["lone"] = new JsonObject { ["Database"] = $"Database={name}", ["Schema"] = "lone" };
        await installation.ExecuteAsync("CREATE SCHEMA lone; CREATE TABLE lone.story (id integer)", other);
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync($"DROP DATABASE {name}");
        using var terminal = TerminalProcess.Start(installation, "restore lone");
        await terminal.SaysAsync("Type YES");
        await using var rival = new NpgsqlConnection(installation.Database);
        await rival.OpenAsync(TestContext.Current.CancellationToken);
        await using var hold = new NpgsqlCommand($"SELECT pg_advisory_lock({TargetLock.Space}, {TargetLock.RunKey("public")})", rival);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await terminal.TypeAsync("YES\r");

        Assert.Equal(2, await terminal.EndAsync());
        Assert.Contains("KU-3009", terminal.Shown);
        Assert.Equal(["0"], await installation.QueryAsync($"SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
    }

    [Nightly]
    [Fact]
    public async Task Brings_the_journal_back_so_that_the_next_upgrade_knows()
    {
        await using var installation = await CreateAsync("acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.SucceedsAsync();
        await installation.SucceedsAsync("save");
        installation.Drop(Sample.ForInstances("V1_002"));
        await installation.SucceedsAsync();

        var shown = await installation.SucceedsAsync("restore", "acme", "--dry-run");
        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Matches("acme .*1.002, 2 tables +1.001", shown.Output);
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("globex"));
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync()).Output);
    }

    /// <summary>X-Road#3076, snapchain#987: that an upgrade is under way is saved, and whoever restores it waits for ever.</summary>
    [Nightly]
    [Fact]
    public async Task Trap_lock_or_running_flag_does_not_come_back_with_a_save()
    {
        await using var installation = await CreateAsync("acme");
        installation.DropBuilt(BuiltFiles.TestModule("Concurrent"), "Concurrent");
        await installation.SucceedsAsync("--to", "1.0");
        await installation.ExecuteAsync("CREATE TABLE acme.stop_at (id integer); CREATE TABLE acme.pause AS SELECT 30.0::float8 AS n");
        await installation.KillAtAsync("acme.once", "--to", "1.3");
        await installation.ExecuteAsync("DELETE FROM acme.pause");
        await installation.SucceedsAsync("save", "acme", "--Run:LockTimeout=00:01:00");
        Assert.Contains("1.3 running V1_3", await installation.JournalAsync("acme"));

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Contains("1.3 running V1_3", await installation.JournalAsync("acme"));
        Assert.DoesNotContain("KU-5001", (await installation.SucceedsAsync("status")).Error);
        await installation.SucceedsAsync("--to", "1.3");
        Assert.Contains("1.3 done V1_3", await installation.JournalAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task Takes_the_newest_save_that_holds_what_is_asked_for()
    {
        await using var installation = await CreateAsync("acme", "globex");
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer); CREATE TABLE globex.story (id integer)");
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("INSERT INTO acme.story VALUES (1); INSERT INTO globex.story VALUES (1)");
        await installation.SucceedsAsync("save", "acme");
        await installation.ExecuteAsync("DELETE FROM acme.story; INSERT INTO globex.story VALUES (2)");

        await installation.SucceedsAsync("restore", "acme", "--yes");
        Assert.Equal(["1"], await installation.QueryAsync("SELECT id FROM acme.story"));
        await installation.SucceedsAsync("restore", "--yes");

        Assert.Empty(await installation.QueryAsync("SELECT id FROM acme.story"));
        Assert.Empty(await installation.QueryAsync("SELECT id FROM globex.story"));
    }

    [Fact]
    public async Task Restoring_an_instance_that_shares_the_installations_schema_says_so()
    {
        await using var installation = await CreateAsync("acme");
        installation.Settings["Instances"]!["acme"] = new JsonObject { ["Schema"] = "public" };
        await installation.ExecuteAsync("CREATE TABLE story (id integer)");
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("DROP TABLE story");

        var result = await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Contains("acme and installation: now", result.Error);
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM story"));
    }

    [Nightly]
    [Fact]
    public async Task Says_what_it_did_in_JSON()
    {
        await using var installation = await CreateAsync("acme");
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer)");
        await installation.SucceedsAsync("save");

        var (dryCode, dry) = await installation.RunJsonAsync("restore", "--dry-run");
        var (code, done) = await installation.RunJsonAsync("restore", "--yes");

        Assert.Equal((0, 0), (dryCode, code));
        Assert.Equal(["installation", "acme"], dry["targets"]!.AsArray().Select(target => (string?)target!["target"]));
        Assert.Equal("done", (string?)done["outcome"]);
        Assert.Equal(2, (int?)done["done"]);
    }

    /// <summary>Instances in schemas of their own names; but the only one in whichever.</summary>
    private async Task<TestInstallation> CreateAsync(params string[] schemas)
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, schemas);
        if (schemas.Length == 1)
            installation.Settings["Instances"] = new JsonObject { ["acme"] = new JsonObject { ["Schema"] = schemas[0] } };
        await installation.ExecuteAsync(Everything.Around + "CREATE SCHEMA neighbour; CREATE TABLE neighbour.t (id integer)");
        return installation;
    }

    private static async Task<int> MajorAsync(TestInstallation installation)
    {
        await using var connection = await installation.OpenAsync();
        return connection.PostgreSqlVersion.Major;
    }
}
