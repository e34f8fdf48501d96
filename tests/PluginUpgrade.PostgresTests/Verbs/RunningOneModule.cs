using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Verbs;

public class RunningOneModule(TestServer server)
{
    [Theory]
    [InlineData("V1_004")]
    [NightlyData("1.004")]
    [NightlyData("v1.4")]
    public async Task K13_by_name_or_version_runs_it_everywhere_and_records_that_it_was_by_hand(string word)
    {
        await using var installation = await AtFirstVersionAsync();

        await installation.SucceedsAsync("run", word);

        foreach (var instance in (string[])["acme", "globex"])
        {
            Assert.Equal(["V1_001", "V1_004"], await installation.CallsAsync(instance));
            Assert.Equal(["1.001 done V1_001", "1.004 done V1_004 by hand"], await installation.JournalAsync(instance));
        }
        Assert.Equal(["1.001 done V1_001", "1.004 done V1_004 by hand"], await installation.JournalAsync());
    }

    [Nightly]
    [Fact]
    public async Task K13_on_one_instance_touches_neither_the_installation_nor_others()
    {
        await using var installation = await AtFirstVersionAsync();

        await installation.SucceedsAsync("run", "V1_004", "acme");

        Assert.Equal(["V1_001", "V1_004"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("globex"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("public"));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync());
    }

    [Nightly]
    [Fact]
    public async Task K13_does_not_move_the_version_and_a_later_upgrade_does_not_run_it_again()
    {
        await using var installation = await AtFirstVersionAsync();
        await installation.SucceedsAsync("run", "V1_004", "acme");
        var (_, status) = await installation.RunJsonAsync("status", "acme");
        Assert.Equal("1.001", $"{status["targets"]![0]!["version"]}");

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001", "V1_004", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001", "V1_002", "V1_003", "V1_004"], await installation.CallsAsync("globex"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync()).Output);
    }

    [Fact]
    public async Task K13_by_path_runs_a_module_that_is_in_no_drop_folder()
    {
        await using var installation = await AtFirstVersionAsync();
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(installation.Root, "elsewhere")).FullName, "V1_005.dll");
        await File.WriteAllBytesAsync(file, ModuleAssembly.Of(Sample.Counting("V1_005")), TestContext.Current.CancellationToken);

        await installation.SucceedsAsync("run", file, "acme");

        Assert.Equal(["V1_001", "V1_005"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task K13_is_refused_where_it_is_applied_unless_it_is_to_run_again()
    {
        await using var installation = await AtFirstVersionAsync();

        var result = await installation.RefusesAsync(["KU-4013"], "run", "V1_001");

        Assert.Contains("--again", result.Error);
        await installation.SucceedsAsync("run", "V1_001", "acme", "--again");
        Assert.Equal(["V1_001", "V1_001"], await installation.CallsAsync("acme"));
        Assert.Equal(["1.001 done V1_001 by hand"], await installation.JournalAsync("acme"));
        Assert.Contains("1.001", $"{(await installation.RunJsonAsync("status", "acme")).Document["targets"]![0]!["version"]}");
    }

    [Nightly]
    [Fact]
    public async Task K13_is_not_hindered_by_other_modules_that_are_broken_and_loads_none_of_them()
    {
        await using var installation = await AtFirstVersionAsync();
        installation.Drop(
            Sample.Counting("V1_002") with { StaticConstructor = il => il.ThrowException(typeof(InvalidOperationException)) },
            new ModuleSource("V1_003") { PerInstance = null });
        await File.WriteAllTextAsync(Path.Combine(installation.DropFolder, "V1_006.dll"), "broken", TestContext.Current.CancellationToken);

        await installation.SucceedsAsync("run", "V1_004", "acme");

        Assert.Equal(["V1_001", "V1_004"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task K13_an_unknown_module_is_refused()
    {
        await using var installation = await AtFirstVersionAsync();

        await installation.RefusesAsync(["KU-1105"], "run", "V9_999");
        await installation.RefusesAsync(["KU-2003"], "run", Path.Combine(installation.Root, "no.dll"));
    }

    [Fact]
    public async Task K13_as_a_dry_run_prints_the_SQL_and_changes_nothing_files_included()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Requested"), "Requested");
        installation.Settings["Modules"] = new JsonObject { ["V2_001"] = new JsonObject { ["Installation"] = "write" } };
        var data = Directory.CreateDirectory(Path.Combine(installation.Root, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "kept.txt"), "the user's", TestContext.Current.CancellationToken);
        installation.WriteSettings();
        var before = await installation.SnapshotAsync();

        var result = await installation.SucceedsAsync("run", "V2_001", "--dry-run");

        Assert.Contains("-- installation 2.001\nCREATE TABLE IF NOT EXISTS marks (mark text)", result.Output);
        Assert.Contains("-- acme 2.001\nCREATE TABLE IF NOT EXISTS marks (mark text)", result.Output);
        Assert.Contains("INSERT INTO marks VALUES ('V2_001')", result.Output);
        Assert.DoesNotContain("krang_upgrade_journal", result.Output);
        Directory.Delete(Path.Combine(data, "upgrade-logs"), recursive: true);
        Assert.Equal(before, await installation.SnapshotAsync());
    }

    [Fact]
    public async Task K13_as_a_dry_run_that_fails_tells_so_and_records_nothing()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Requested"), "Requested");
        installation.Settings["Modules"] = new JsonObject { ["V2_001"] = new JsonObject { ["Instance"] = "swallow" } };

        var result = await installation.RunAsync("run", "V2_001", "acme", "--dry-run");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["KU-5003"], Refusal.Codes(result));
        Assert.Empty(await installation.JournalAsync("acme"));
        Assert.Equal("active", $"{(await installation.RunJsonAsync("status", "acme")).Document["targets"]![0]!["status"]}");
    }

    private async Task<TestInstallation> AtFirstVersionAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop([.. Enumerable.Range(1, 4).Select(i => Sample.Counting($"V1_00{i}"))]);
        await installation.SucceedsAsync("--to", "1.001");
        return installation;
    }
}
