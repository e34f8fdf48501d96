using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>What a restore meets on a server, found by its dry run: nothing is loaded first, and nothing fails by chance.</summary>
public class RestoresByTheirOwners(TestServer server)
{
    [Fact]
    public async Task E4_prepared_transactions_refuse_the_restore_before_the_load()
    {
        await using var installation = await CreateAsync("prepared");
        await installation.SucceedsAsync("save", "lone", "acme");
        await installation.ExecuteAsync("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'left over'", Lone(installation, "prepared"));
        await installation.ExecuteAsync("BEGIN; INSERT INTO acme.t VALUES (1); PREPARE TRANSACTION 'in acme'");

        var result = await installation.RefusesAsync(["KU-7023", "KU-7023"], "restore", "lone", "acme", "--dry-run");

        Assert.Contains("left over of ", result.Error);
        Assert.Contains("in acme of ", result.Error);
        await installation.ExecuteAsync("ROLLBACK PREPARED 'left over'", Lone(installation, "prepared"));
        await installation.ExecuteAsync("ROLLBACK PREPARED 'in acme'");
        await installation.SucceedsAsync("restore", "lone", "acme", "--yes");
    }

    [Fact]
    public async Task E4_names_sessions_of_other_roles_to_a_plain_role_too()
    {
        await using var installation = await CreateAsync("watched");
        await installation.ExecuteAsync("""
            DO $$ BEGIN CREATE ROLE watched_owner LOGIN CREATEDB; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            ALTER DATABASE watched OWNER TO watched_owner;
            """);
        await installation.ExecuteAsync("ALTER TABLE t OWNER TO watched_owner", Lone(installation, "watched"));
        installation.Settings["Installation"]!["Database"] = $"{installation.Database};Username=watched_owner";
        await installation.SucceedsAsync("save", "lone");
        await using var application = await installation.OpenAsync(Lone(installation, "watched"));

        var result = await installation.RunAsync("restore", "lone", "--dry-run");

        Assert.Equal(["KU-7042"], Refusal.Codes(result));
    }

    [Nightly]
    [Fact]
    public async Task E4_too_many_tables_for_the_locks_are_a_warning_at_the_save_and_refused_by_the_dry_run()
    {
        await using var installation = await CreateAsync("locked");
        await installation.ExecuteAsync("""
            DO $$ BEGIN FOR i IN 1..1700 LOOP EXECUTE format('CREATE TABLE acme.t%s (id integer PRIMARY KEY, v text)', i); END LOOP; END $$
            """);

        var save = await installation.RunAsync("save", "acme");

        Assert.True(save.ExitCode == 0, $"{save}");
        Assert.Contains("warning KU-7022 acme", save.Error);
        Assert.Contains("max_locks_per_transaction", save.Error);
        await installation.RefusesAsync(["KU-7022"], "restore", "acme", "--dry-run");
    }

    [Nightly]
    [Fact]
    public async Task E4_a_lost_database_comes_back_with_what_its_schemas_use_and_rest_on()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        await installation.ExecuteAsync("CREATE DATABASE e4_shared");
        var shared = Lone(installation, "e4_shared");
        await installation.ExecuteAsync("""
            CREATE EXTENSION citext SCHEMA public; CREATE TABLE public.account (id integer PRIMARY KEY, name citext);
            INSERT INTO public.account VALUES (7, 'Seven'); CREATE SCHEMA b; CREATE SCHEMA a;
            CREATE TABLE a.story (id integer PRIMARY KEY REFERENCES public.account, b integer); INSERT INTO a.story VALUES (7, 7);
            CREATE TABLE b.story (id integer PRIMARY KEY REFERENCES a.story); INSERT INTO b.story VALUES (7);
            ALTER TABLE a.story ADD FOREIGN KEY (b) REFERENCES b.story; ALTER DATABASE e4_shared SET work_mem = '7MB';
            """, shared);
        foreach (var (name, schema) in new[] { ("one", "a"), ("two", "b"), ("zero", "public") })
            installation.Settings["Instances"]![name] = new JsonObject { ["Database"] = "Database=e4_shared", ["Schema"] = schema };
        await installation.SucceedsAsync("save", "one", "two", "zero");
        var before = await DumpText.OfAsync(shared);
        await installation.ExecuteAsync("DROP DATABASE e4_shared");

        await installation.SucceedsAsync("restore", "one", "two", "zero", "--yes");
        Assert.Equal(before, await DumpText.OfAsync(shared));

        await installation.RefusesAsync(["KU-7040"], "restore", "zero", "--yes");
        await installation.ExecuteAsync("DROP TABLE a.story CASCADE; INSERT INTO public.account VALUES (8, 'Eight')", shared);
        await installation.SucceedsAsync("restore", "one", "two", "zero", "--yes");
        Assert.Equal(before, await DumpText.OfAsync(shared));
    }

    private async Task<TestInstallation> CreateAsync(string name)
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync("CREATE TABLE acme.t (id integer)");
        await installation.ExecuteAsync($"CREATE DATABASE {name}");
        await installation.ExecuteAsync("CREATE TABLE t (id integer)", Lone(installation, name));
        installation.Settings["Instances"]!["lone"] = new JsonObject { ["Database"] = $"Database={name}" };
        return installation;
    }

    private static string Lone(TestInstallation installation, string name) =>
        new NpgsqlConnectionStringBuilder(installation.Database) { Database = name }.ConnectionString;
}
