namespace PluginUpgrade.PostgresTests.Upgrades;

public class TheExamples(TestServer server)
{
    private static readonly string[] Modules = ["V1_001", "V1_002", "V1_003", "V1_004"];

    [Fact]
    public async Task K1_all_load_and_run_and_do_what_the_seed_tells()
    {
        await using var installation = await AtFirstVersionAsync("acme", "globex");

        await installation.SucceedsAsync("--from", "1.001", "--to", "1.004");

        Assert.Equal(["1.001 done V1_001", "1.003 done V1_003", "1.004 done V1_004"], await installation.JournalAsync());
        foreach (var instance in (string[])["acme", "globex"])
        {
            Assert.Equal(["1.001 done V1_001", "1.002 done V1_002", "1.004 done V1_004"], await installation.JournalAsync(instance));
            Assert.Equal(["0"], await installation.QueryAsync($"SELECT foo_id FROM {instance}.story"));
            Assert.Equal(["Stahl, Bert", $"Writer, {instance}"],
                await installation.QueryAsync($"SELECT display_name FROM {instance}.contributor ORDER BY 1"));
        }
        Assert.False(Directory.Exists(Path.Combine(installation.Root, "data", "addons")));
        Assert.True(File.Exists(Path.Combine(installation.Root, "data", "addon-db", "README")));
        Assert.Equal("my own\n", await FileAsync(installation, "data/addon-db/mine"));
        Assert.Equal("last_name, first_name\n", await FileAsync(installation, "data/display-name.txt"));
    }

    [Fact]
    public async Task K1_takes_an_empty_installation_from_nothing_to_the_newest_version()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        foreach (var name in Modules) installation.DropBuilt(BuiltFiles.Example(name), name);

        await installation.SucceedsAsync();

        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002", "1.004 done V1_004"], await installation.JournalAsync("acme"));
        Assert.Equal(["NO"], await installation.QueryAsync(
            "SELECT is_nullable FROM information_schema.columns WHERE table_schema = 'acme' AND column_name = 'display_name'"));
    }

    [Fact]
    public async Task The_separator_of_display_names_is_taken_from_the_modules_own_settings()
    {
        await using var installation = await AtFirstVersionAsync("acme");
        installation.Settings["Modules"] = new System.Text.Json.Nodes.JsonObject
        {
            ["V1_004"] = new System.Text.Json.Nodes.JsonObject { ["Separator"] = " / " },
        };

        await installation.SucceedsAsync();

        Assert.Equal(["Stahl / Bert", "Writer / acme"],
            await installation.QueryAsync("SELECT display_name FROM acme.contributor ORDER BY 1"));
    }

    private async Task<TestInstallation> AtFirstVersionAsync(params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances);
        foreach (var name in Modules) installation.DropBuilt(BuiltFiles.Example(name), name);
        await installation.SucceedsAsync("--to", "1.001");
        foreach (var instance in instances)
            await installation.ExecuteAsync($"""
                INSERT INTO {instance}.contributor (first_name, last_name) VALUES ('Bert', 'Stahl'), ('{instance}', 'Writer');
                INSERT INTO {instance}.story (contributor_id, title) VALUES (1, 'A story of {instance}');
                """);
        await File.WriteAllTextAsync(Path.Combine(installation.Root, "data", "addons", "mine"), "my own\n",
            TestContext.Current.CancellationToken);
        return installation;
    }

    private static Task<string> FileAsync(TestInstallation installation, string path) =>
        File.ReadAllTextAsync(Path.Combine(installation.Root, path), TestContext.Current.CancellationToken);
}
