using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class ModulesInOneProcess(TestServer server)
{
    [Fact]
    public async Task K6_are_called_once_for_the_installation_and_once_for_each_instance_on_the_same_object()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex", "initech");
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");

        await installation.SucceedsAsync();

        var me = Assert.Single(await ToldAsync(installation, "public", "me"));
        Assert.Equal(["acme,globex,initech"], await ToldAsync(installation, "public", "instances"));
        Assert.Equal([installation.Root], await ToldAsync(installation, "public", "root"));
        foreach (var instance in (string[])["acme", "globex", "initech"])
        {
            Assert.Equal([me], await ToldAsync(installation, instance, "me"));
            Assert.Equal([$"found by the installation step of {me}"], await ToldAsync(installation, instance, "state"));
            Assert.Equal([instance], await ToldAsync(installation, instance, "name"));
            Assert.Equal([instance], await ToldAsync(installation, instance, "schema"));
            Assert.Equal(["0..3.001"], await ToldAsync(installation, instance, "range"));
        }
    }

    [Fact]
    public async Task K10_may_have_equal_class_names_and_different_versions_of_one_package()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.DropBuilt(BuiltFiles.TestModule("Turbo"), "Turbo");
        installation.DropBuilt(BuiltFiles.TestModule("Nitro"), "Nitro");

        await installation.SucceedsAsync();

        Assert.Equal(["Nitro 1.001 done V1_001", "Turbo 1.001 done V1_001", "1.001 done V1_001"],
            (await installation.JournalAsync("acme")).OrderBy(row => row.StartsWith('1')).ThenBy(row => row));
        Assert.Equal(["Nitro with 13", "Turbo with 12"],
            await installation.QueryAsync("SELECT what FROM acme.addon_json ORDER BY 1"));
    }

    [Fact]
    public async Task Have_the_targets_schema_first_then_the_shared_ones_and_pg_temp_last_in_their_search_path()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync("CREATE SCHEMA shared; CREATE FUNCTION shared.one() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        installation.Settings["Run"] = new JsonObject { ["SearchPath"] = new JsonArray("shared") };
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");
        installation.Drop(new ModuleSource("V3_002") { PerInstance = "CREATE TABLE ones AS SELECT one()" });

        await installation.SucceedsAsync();

        Assert.Equal([""" "public", "shared", "pg_temp" """.Trim()], await ToldAsync(installation, "public", "search_path"));
        Assert.Equal([""" "acme", "shared", "pg_temp" """.Trim()], await ToldAsync(installation, "acme", "search_path"));
        Assert.Equal(["1"], await installation.QueryAsync("SELECT one FROM acme.ones"));
    }

    [Fact]
    public async Task Are_given_their_own_settings_and_each_instances_labels()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Settings["Modules"] = new JsonObject
        {
            ["V3_001"] = new JsonObject { ["Word"] = "marmalade" },
            ["V9"] = new JsonObject { ["Word"] = "no" },
        };
        installation.Settings["Instances"]!["globex"]!["Labels"] = new JsonObject { ["ring"] = "canary", ["size"] = "small" };
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");

        await installation.SucceedsAsync();

        Assert.Equal(["marmalade"], await ToldAsync(installation, "acme", "word"));
        Assert.Equal([""], await ToldAsync(installation, "acme", "labels"));
        Assert.Equal(["ring=canary,size=small"], await ToldAsync(installation, "globex", "labels"));
    }

    [Fact]
    public async Task Are_heard_on_standard_error_and_in_the_log_file()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");

        var result = await installation.SucceedsAsync();

        Assert.Contains("acme 3.001: loudly telling of acme", result.Error);
        Assert.DoesNotContain("quietly", result.All);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(installation.Root, "data", "upgrade-logs")));
        var log = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.All(log, line => Assert.IsType<JsonObject>(JsonNode.Parse(line)));
        foreach (var told in (string[])["quietly telling of acme", "loudly telling of acme", "progressed: 1 of 2"])
            Assert.Contains(log, line => line.Contains(told, StringComparison.Ordinal));
    }

    private static Task<List<string>> ToldAsync(TestInstallation installation, string schema, string key) =>
        installation.QueryAsync($"SELECT value FROM {schema}.told WHERE key = '{key}'");
}
