using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Refusals;

public class MistakesInSettings(TestServer server)
{
    [Theory]
    [InlineData("", "is empty")]
    [InlineData("  \n", "is empty")]
    [InlineData("{ \n  \"Installation\": }", "line 2, character ")]
    [InlineData("{", "line 1, character 2")]
    [InlineData("[]", "Top-level JSON element must be an object")]
    public async Task Settings_that_are_no_JSON_are_told_in_words_for_people(string text, string told)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var file = Path.Combine(installation.Root, "broken.json");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);

        var result = await installation.RunAsync("--config", file);

        Assert.Equal(["KU-1002"], Refusal.Codes(result));
        Assert.Contains(told, result.Error);
        foreach (var word in (string[])["LineNumber", "BytePosition", "isFinalBlock"]) Assert.DoesNotContain(word, result.Error);
    }

    [Fact]
    public async Task Settings_that_cannot_be_read_are_refused_by_file_and_line()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var before = await installation.SnapshotAsync();
        await File.WriteAllTextAsync(Path.Combine(installation.Root, "broken.json"), "{ \"Installation\": { \"Name\": \n",
            TestContext.Current.CancellationToken);

        var result = await installation.RunAsync("--config", Path.Combine(installation.Root, "broken.json"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("KU-1002", Refusal.Codes(result));
        Assert.Contains("broken.json: The settings cannot be read: ", result.Error);
        Assert.Matches(@"read: line \d+, character \d+: ", result.Error);
        Refusal.IsForPeople(result);
        File.Delete(Path.Combine(installation.Root, "broken.json"));
        File.Delete(Path.Combine(installation.Root, "krang-upgrade.json"));
        Assert.Equal(before, await installation.SnapshotAsync());
    }

    [Fact]
    public async Task Unknown_keys_are_refused_with_the_likely_key()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Run"] = new JsonObject { ["Paralel"] = 4 };
        installation.Settings["Nonsense"] = new JsonObject { ["Key"] = 1 };
        installation.Settings["Instances"]!["acme"]!["Scheme"] = "acme";

        var result = await installation.RefusesAsync(["KU-1004", "KU-1004", "KU-1004"]);

        Assert.Contains("Run:Paralel: This key (krang-upgrade.json) is unknown.", result.Error);
        Assert.Contains("Write Run:Parallel, or remove it.", result.Error);
        Assert.Contains("Write Instances:acme:Schema, or remove it.", result.Error);
        Assert.Contains("KU-1004 Nonsense", result.Error);
    }

    [Fact]
    public async Task Are_all_told_in_one_go_with_those_of_modules_and_command_line()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Run"] = new JsonObject { ["Parallel"] = "many", ["LockTimeout"] = "5", ["PerServer"] = 0 };
        installation.Settings["Instances"]!["acme"]!["Active"] = "perhaps";
        installation.Settings["Instances"]!["-bad"] = new JsonObject { ["Schema"] = "pg_catalog" };
        installation.Settings["Instances"]!["worse"] = new JsonObject { ["Database"] = "Hostt=x" };
        installation.Settings["Extra"] = true;
        installation.Drop(new ModuleSource("V1_002") { PerInstance = null });

        var result = await installation.RefusesAsync(
            ["KU-1004", "KU-1005", "KU-1005", "KU-1005", "KU-1005", "KU-1006", "KU-1007", "KU-1008", "KU-1102", "KU-2013"], "--to", "x");

        string[] keys = ["Run:Parallel", "Run:LockTimeout", "Run:PerServer", "Instances:acme:Active", "Instances:worse:Database", "Extra"];
        foreach (var key in keys)
            Assert.Contains($" {key}: ", result.Error);
        Assert.Contains("refused: 10 problems; nothing was changed.", result.Error);
    }

    [Fact]
    public async Task Missing_settings_are_refused_with_the_way_to_write_them()
    {
        using var directory = new TempDirectory();
        using var host = HostProcess.Start(["--root", directory.Root]);

        var result = await host.EndAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("KU-1001", Refusal.Codes(result));
        Assert.Contains("--root DIR", result.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Root));
    }

    [Fact]
    public async Task A_root_that_does_not_exist_is_one_problem()
    {
        using var host = HostProcess.Start(["--root", "/there/is/no/such/root"]);

        var result = await host.EndAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("KU-1009", Refusal.Codes(result));
    }

    [Theory]
    [InlineData("--fron", "1.001")]
    [InlineData("upgrade", "acme", "--bogus")]
    [InlineData("upgarde")]
    [InlineData("run")]
    [InlineData("--order", "backwards")]
    [InlineData("--parallel", "many")]
    public async Task Mistakes_on_the_command_line_are_refused_with_the_help_to_read(params string[] arguments)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));

        var result = await installation.RunAsync(arguments);

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.All(Refusal.Codes(result), code => Assert.Equal("KU-1101", code));
        Assert.Contains("--help", result.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Two_instances_of_one_schema_are_refused()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Instances"]!["twin"] = new JsonObject { ["Schema"] = "acme" };

        var result = await installation.RunAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("acme, twin: ", result.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
    }
}
