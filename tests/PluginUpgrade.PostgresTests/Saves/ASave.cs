using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.PostgresTests.Saves;

public class ASave(TestServer server)
{
    private static string Story(string schema) => $"""
        CREATE TABLE {schema}.story (id integer PRIMARY KEY, title text); INSERT INTO {schema}.story VALUES (1, 'one'), (2, NULL)
        """;

    [Nightly]
    [Fact]
    public async Task B2_is_kept_beside_those_before_it()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync(Story("acme"));
        for (var i = 0; i < 3; i++) await installation.TakeAsync();

        var saves = Saved.Directory(installation).Saves();
        Assert.Equal(3, saves.Count);
        Assert.All(saves, save => Assert.Equal(["installation", "acme"], save.Manifest!.Targets.Select(target => $"{target}")));
        Assert.Equal(3, Saved.Entries(installation).Count);
        var list = await installation.SucceedsAsync("saves", "--verify");
        foreach (var save in saves) Assert.Contains($"{save.Id}", list.Output);
        Assert.Equal(3, list.Output.Split("complete, verified").Length - 1);
    }

    [Fact]
    public async Task Holds_the_data_and_where_it_stood()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = Story("acme").Replace("acme.", "") });
        await installation.SucceedsAsync("upgrade", "acme", "--skip-installation");
        await installation.ExecuteAsync("COMMENT ON TABLE acme.story IS 'told'; GRANT SELECT ON acme.story TO PUBLIC");

        var save = await installation.TakeAsync("acme");

        var target = Assert.Single(save.Manifest!.Targets);
        Assert.Equal((Scope.Instance, "acme", "acme", false), (target.Scope, target.Name, target.Schema, target.WholeDatabase));
        Assert.Equal(new Dictionary<string, string> { [""] = "1.001" }, target.Versions);
        Assert.Equal("test", save.Manifest.Installation);
        Assert.False(save.Manifest.BeforeUpgrade);
        var back = await Saved.ReadBackAsync(server, save, one => one.Name == "acme");
        const string all = """
            SELECT 'story ' || s FROM acme.story s UNION ALL SELECT 'journal ' || version FROM acme.krang_upgrade_journal
            UNION ALL SELECT obj_description('acme.story'::regclass)
            UNION ALL SELECT relacl::text FROM pg_class WHERE oid = 'acme.story'::regclass
            """;
        Assert.Equal(await installation.QueryAsync(all), await installation.QueryAsync(all, back));
    }

    /// <summary>Names that are patterns to pg_dump, or that it would fold; beside each one that such a pattern would match too.</summary>
    [Fact]
    public async Task Schemas_with_odd_names_are_saved_and_no_others()
    {
        string[] odd =
            ["we*ird", "a.b", "Q?uote\"d\"", "CAPS", "a|b", "dol$lar", "back\\slash", "sp ace", "schöne", "x'; DROP TABLE t --"];
        string[] others = ["weird", "we__ird", "b", "caps", "a", "dol", "lar", "schone", "QQuote\"d\""];
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        foreach (var name in odd.Concat(others))
            await installation.ExecuteAsync($"CREATE SCHEMA {PostgresName.Quote(name)}; CREATE TABLE {PostgresName.Quote(name)}.t ()");
        installation.Settings["Instances"] = new JsonObject(
            odd.Select((name, i) => KeyValuePair.Create($"i{i}", (JsonNode?)new JsonObject { ["Schema"] = name })));

        var save = await installation.TakeAsync();

        var back = await Saved.ReadBackAsync(server, save, _ => true);
        const string schemas = "SELECT nspname FROM pg_namespace n JOIN pg_class c ON relnamespace = n.oid WHERE relname = 't' ORDER BY 1";
        Assert.Equal(odd.Order(StringComparer.Ordinal), (await installation.QueryAsync(schemas, back)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Puts_many_schemas_into_few_archives()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "a", "b", "c", "d", "e");
        foreach (var name in (string[])["a", "b", "c", "d", "e"]) await installation.ExecuteAsync(Story(name));
        installation.Settings["Save"] = new JsonObject { ["SchemasPerArchive"] = 2 };

        var save = await installation.TakeAsync();

        Assert.Equal(3, save.Manifest!.Archives.Count);
        foreach (var target in save.Manifest.Targets.Where(target => target.Scope == Scope.Instance))
        {
            var contents = await Saved.ContentsAsync(save, target.Archive);
            Assert.Matches($@"TABLE DATA {target.Schema} story ", contents);
            Assert.True(contents.Split("TABLE DATA ").Length - 1 <= 2, contents);
        }
    }

    [Nightly]
    [Fact]
    public async Task Is_one_dump_of_a_schema_that_the_installation_shares_with_an_instance()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        installation.Settings["Instances"] = new JsonObject { ["only"] = new JsonObject { ["Schema"] = "public" } };
        await installation.ExecuteAsync(Story("public"));

        var save = await installation.TakeAsync();

        Assert.Equal(["installation", "only"], save.Manifest!.Targets.Select(target => $"{target}"));
        Assert.Single((await Saved.ContentsAsync(save, Assert.Single(save.Manifest.Archives).Name)).Split("TABLE DATA ").Skip(1));
    }

    [Fact]
    public async Task Holds_an_instances_own_database_whole_with_its_large_objects()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        var own = await server.CreateDatabaseAsync();
        var name = new NpgsqlConnectionStringBuilder(own).Database!;
        installation.Settings["Instances"]!["globex"] = new JsonObject { ["Database"] = $"Database={name}" };
        await installation.QueryAsync($"{Story("public")}; CREATE SCHEMA more; CREATE TABLE more.t (); "
            + "SELECT lo_from_bytea(4711, 'large')", own);

        var save = await installation.TakeAsync();

        var target = save.Manifest!.Targets.Single(one => one.Name == "globex");
        Assert.True(target.WholeDatabase);
        var contents = await Saved.ContentsAsync(save, target.Archive);
        foreach (var part in (string[])["TABLE public story", "TABLE more t", "BLOB"]) Assert.Contains(part, contents);
        var back = await Saved.ReadBackAsync(server, save, one => one.Name == "globex");
        Assert.Equal(["large"], await installation.QueryAsync("SELECT convert_from(lo_get(4711), 'UTF8')", back));
        Assert.False(save.Manifest.Targets.Single(one => one.Name == "acme").WholeDatabase);
    }

    [Nightly]
    [Fact]
    public async Task Is_not_of_the_whole_database_where_another_target_lies_there_under_another_name_of_the_server()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        using var directory = new TempDirectory();
        var own = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
        var alias = Directory.CreateSymbolicLink(Path.Combine(directory.Root, "socket"), own.Host!).FullName;
        await installation.QueryAsync("CREATE SCHEMA two", own.ConnectionString);
        installation.Settings["Instances"] = new JsonObject
        {
            ["one"] = new JsonObject { ["Database"] = $"Database={own.Database}" },
            ["two"] = new JsonObject { ["Database"] = $"Host={alias};Database={own.Database}", ["Schema"] = "two" },
        };

        Assert.All((await installation.TakeAsync()).Manifest!.Targets, target => Assert.False(target.WholeDatabase));
    }

    [Nightly]
    [Fact]
    public async Task Reaches_over_several_servers()
    {
        using var directory = new TempDirectory();
        await using var second = await EmbeddedServer.StartAsync(
            directory.Root, TestServer.ThrowAway, TestContext.Current.CancellationToken);
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Settings["Instances"]!["globex"] = new JsonObject { ["Database"] = $"Host={second.SocketPath};Database=krang" };
        var elsewhere = new NpgsqlConnectionStringBuilder(second.ConnectionString) { Pooling = false }.ConnectionString;
        await installation.QueryAsync(Story("public"), elsewhere);

        var save = await installation.TakeAsync();

        Assert.Equal(2, save.Manifest!.Archives.Count);
        Assert.Equal(2, save.Manifest.Targets.Select(target => target.Server).Distinct().Count());
        Assert.Contains("TABLE DATA public story", await Saved.ContentsAsync(
            save, save.Manifest.Targets.Single(target => target.Name == "globex").Archive));
    }

    [Nightly]
    [Fact]
    public async Task Is_told_beforehand_and_not_taken_by_a_dry_run()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync(Story("acme"));

        var result = await installation.SucceedsAsync("save", "--dry-run");

        Assert.Contains("2 targets would be saved", result.Output);
        Assert.Contains("Nothing was saved", result.Output);
        Assert.Empty(Saved.Entries(installation));
    }

    [Fact]
    public async Task Is_for_its_owner_alone()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        var save = await installation.TakeAsync();

        foreach (var path in Directory.EnumerateFileSystemEntries(save.Folder, "*", SearchOption.AllDirectories)
            .Append(save.Folder).Append(Path.GetDirectoryName(save.Folder)!))
            Assert.Equal(
                (UnixFileMode)(Directory.Exists(path) ? 0b111_000_000 : 0b110_000_000), File.GetUnixFileMode(path));
    }

    [Nightly]
    [Fact]
    public async Task Is_one_json_document()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");

        var (exitCode, document) = await installation.RunJsonAsync("save");
        var (_, list) = await installation.RunJsonAsync("saves");

        Assert.Equal(0, exitCode);
        Assert.Equal($"{document["save"]!["id"]}", $"{Assert.Single(list["saves"]!.AsArray())!["id"]}");
        Assert.Equal(["installation", "acme"], document["save"]!["targets"]!.AsArray().Select(target => $"{target!["target"]}"));
    }
}
