using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>What others do in the databases, found before anything changes. Each is real.</summary>
public class SomethingInTheWay(TestServer server)
{
    private async Task<TestInstallation> CreateAsync(params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances.Length > 0 ? instances : ["acme", "globex"]);
        installation.Drop(Sample.ForInstances("V1_001"));
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:01" };
        installation.Settings["Check"] = new JsonObject { ["LongTransaction"] = "00:00:01" };
        await installation.ExecuteAsync("CREATE TABLE acme.story (id int); INSERT INTO acme.story VALUES (1), (1)");
        return installation;
    }

    private static string[] From(params string[] more) => [.. more, "--from", "0"];

    [Nightly]
    [Fact]
    public async Task A_prepared_transaction_that_holds_a_targets_table_refuses_until_it_is_ended()
    {
        await using var installation = await CreateAsync();
        var gid = $"forgotten {Guid.NewGuid()}";
        await installation.ExecuteAsync($"BEGIN; LOCK acme.story IN SHARE MODE; PREPARE TRANSACTION '{gid}'");
        await installation.ExecuteAsync("SELECT pg_sleep(1.1)");
        try
        {
            var refused = await installation.RefusesAsync(["KU-3213"], From());
            Assert.Contains($"acme: A prepared transaction has held locks on acme.story since", refused.Error);
            Assert.Contains("Then COMMIT PREPARED, or: krang-upgrade psql", refused.Error);
            Assert.Contains($@"'ROLLBACK PREPARED '\''{gid}'\'''", refused.Error);
            await installation.RefusesAsync(["KU-3213"], From("check"));
            // Where it is in nobody's way it is told, and no more.
            var other = await installation.SucceedsAsync(From("upgrade", "globex", "--skip-installation"));
            Assert.Contains("warning KU-3214", other.Error);
        }
        finally
        {
            await installation.ExecuteAsync($"ROLLBACK PREPARED '{gid}'");
        }
        await installation.SucceedsAsync(From());
    }

    [Fact]
    public async Task A_long_transaction_that_holds_a_targets_table_refuses_and_shows_no_text_of_its_statement()
    {
        await using var installation = await CreateAsync();
        await using var other = await OpenAsync(installation, "reporting");
        await ExecuteAsync(other, "BEGIN");
        await ExecuteAsync(other, "SELECT *, 'so secret' FROM acme.story");
        await installation.ExecuteAsync("SELECT pg_sleep(1.1)");

        var refused = await installation.RefusesAsync(["KU-3212"], From());

        Assert.Matches($"holds locks on acme.story: reporting of krang .*server process {other.ProcessID}", refused.Error);
        Assert.Contains("idle in transaction, last statement: SELECT *, '...' FROM acme.story", refused.Error);
        Assert.Contains($"SELECT pg_terminate_backend({other.ProcessID})", refused.Error);
        Assert.DoesNotContain("so secret", refused.All);
        await ExecuteAsync(other, "ROLLBACK");
        await installation.SucceedsAsync(From());
    }

    [Fact]
    public async Task A_long_transaction_that_holds_nothing_of_ours_is_a_warning()
    {
        await using var installation = await CreateAsync();
        await using var other = await OpenAsync(installation, "reporting");
        await ExecuteAsync(other, "BEGIN");
        await ExecuteAsync(other, "CREATE TABLE public.elsewhere_entirely ()");
        await ExecuteAsync(other, "COMMIT; BEGIN; SELECT 1");
        await installation.ExecuteAsync("SELECT pg_sleep(1.1)");

        var result = await installation.SucceedsAsync(From());

        Assert.Contains("warning KU-3211", result.Error);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task Nothing_of_it_is_read_where_nothing_is_pending()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync(From());
        await using var other = await OpenAsync(installation, "reporting");
        await ExecuteAsync(other, "BEGIN");
        await ExecuteAsync(other, "LOCK acme.story");
        await installation.ExecuteAsync("SELECT pg_sleep(1.1)");

        var nothing = await installation.SucceedsAsync();
        Assert.Matches(@"^server: \S+\n$", nothing.Error);
        Assert.StartsWith("Nothing to do", nothing.Output);

        // A check looks all the same; an upgrade would not be refused, since it would do nothing.
        var check = await installation.SucceedsAsync("check");
        Assert.Contains("warning KU-3212", check.Error);
        Assert.Contains("0 steps pending", check.Output);
    }

    [Fact]
    public async Task T4_applications_that_must_be_gone_refuse_while_they_are_connected_and_then_it_works()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Run"]!["RefuseWhenConnected"] = new JsonArray("shop-*", "billing");
        await using (await OpenAsync(installation, "shop-web"))
        await using (await OpenAsync(installation, "shop-web"))
        await using (await OpenAsync(installation, "other"))
        {
            var refused = await installation.RefusesAsync(["KU-3219"], From());
            Assert.Contains("2 sessions of applications that must not be connected", refused.Error);
            Assert.Contains("2 of shop-web as krang from the server itself", refused.Error);
            await installation.RefusesAsync(["KU-3219"], From("check"));
        }
        // The program's own sessions are none of others', whatever the pattern.
        installation.Settings["Run"]!["RefuseWhenConnected"] = "*";
        await installation.SucceedsAsync(From());
    }

    /// <summary>The server is asked once where others are, and then only there what they do.</summary>
    [Nightly]
    [Fact]
    public async Task Applications_refuse_in_whichever_database_of_the_server_they_are()
    {
        await using var installation = await CreateAsync();
        List<NpgsqlConnectionStringBuilder> databases = [];
        foreach (var name in (string[])["north", "south", "west"])
        {
            databases.Add(new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()) { ApplicationName = "shop" });
            installation.Settings["Instances"]![name] = new JsonObject { ["Database"] = $"Database={databases[^1].Database}" };
        }
        installation.Settings["Run"]!["RefuseWhenConnected"] = "shop";
        foreach (var database in databases)
        {
            await using var shop = await installation.OpenAsync(database.ConnectionString);
            var refused = await installation.RefusesAsync(["KU-3219"], From());
            Assert.Contains($"database {database.Database} on ", refused.Error);
        }
        await installation.SucceedsAsync(From());
    }

    [Nightly]
    [Fact]
    public async Task Applications_that_the_hook_stops_do_not_refuse_and_those_that_it_leaves_do()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Run"]!["RefuseWhenConnected"] = new JsonArray("shop");
        installation.Settings["Hooks"] = new JsonObject { ["Before"] = "true", ["OnFailure"] = "echo $KRANG_OUTCOME >> after" };
        await using var shop = await OpenAsync(installation, "shop");

        var refused = await installation.RunAsync(From());
        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal(["KU-3219"], Refusal.Codes(refused));
        var after = Path.Combine(installation.Root, "after");
        Assert.Equal("refused\n", await File.ReadAllTextAsync(after, TestContext.Current.CancellationToken));
        Assert.Empty(await installation.JournalAsync("acme"));
        Assert.Contains("warning KU-3219", (await installation.SucceedsAsync(From("check"))).Error);

        var psql = (await server.StartedAsync()).Programs["psql"];
        var database = new NpgsqlConnectionStringBuilder(installation.Database);
        installation.Settings["Hooks"]!["Before"] =
            $"{psql} -h {database.Host} -p {database.Port} -U {database.Username} -d {database.Database} "
            + "-c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shop'\"";
        Assert.SkipUnless(File.Exists(psql), "no psql among these programs");
        await installation.SucceedsAsync(From());
    }

    [Fact]
    public async Task An_invalid_index_is_a_warning_with_the_command_that_mends_it()
    {
        await using var installation = await CreateAsync();
        await Assert.ThrowsAsync<PostgresException>(() =>
            installation.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY story_id ON acme.story (id)"));

        var check = await installation.SucceedsAsync(From("check"));

        Assert.Contains("warning KU-3217 acme: The index story_id on story is invalid", check.Error);
        Assert.Contains("REINDEX INDEX CONCURRENTLY \"story_id\"", check.Error);
    }

    [Nightly]
    [Fact]
    public async Task An_invalid_index_that_a_pending_step_has_left_is_its_own_business()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Concurrent"), "Concurrent");
        await installation.SucceedsAsync("--to", "1.0");
        await installation.ExecuteAsync("INSERT INTO acme.story SELECT id + 1000, title FROM acme.story");
        Assert.Equal(1, (await installation.RunAsync("--to", "1.1")).ExitCode);
        Assert.NotEmpty(await installation.QueryAsync("SELECT 1 FROM pg_index WHERE NOT indisvalid"));

        Assert.DoesNotContain("KU-3217", (await installation.SucceedsAsync("check", "--to", "1.1")).Error);
        // The step is beyond this goal: the index is somebody's to see to.
        Assert.Contains("KU-3217", (await installation.SucceedsAsync("check", "--to", "1.0")).Error);
    }

    [Nightly]
    [Fact]
    public async Task A_schema_with_an_instances_journal_that_the_settings_do_not_name_is_a_warning_with_the_line_to_add()
    {
        await using var installation = await CreateAsync("acme", "globex", "globex__before");
        await installation.SucceedsAsync(From());
        var instances = installation.Settings["Instances"]!.AsObject();
        instances.Remove("globex__before");
        Assert.DoesNotContain("KU-3218", (await installation.SucceedsAsync("check")).Error);
        instances.Remove("globex");

        var check = await installation.SucceedsAsync("check");
        Assert.Contains("warning KU-3218 globex, globex__before", check.Error);
        Assert.Contains("""Add to Instances: "globex": { "Schema": "globex" }""", check.Error);
        // Of an instance by name nobody asks for the others; an inactive one is known.
        Assert.DoesNotContain("KU-3218", (await installation.SucceedsAsync("check", "acme")).Error);
        foreach (var name in (string[])["globex", "globex__before"])
            instances[name] = new JsonObject { ["Schema"] = name, ["Active"] = false };
        Assert.DoesNotContain("KU-3218", (await installation.SucceedsAsync("check")).Error);
    }

    private static async Task<NpgsqlConnection> OpenAsync(TestInstallation installation, string application) =>
        await installation.OpenAsync(
            new NpgsqlConnectionStringBuilder(installation.Database) { ApplicationName = application }.ConnectionString);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
