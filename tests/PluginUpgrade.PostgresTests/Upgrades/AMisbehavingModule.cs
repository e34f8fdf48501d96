using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class AMisbehavingModule(TestServer server)
{
    [Fact]
    public async Task A_module_that_throws_is_rolled_back_and_reported_without_a_stack_trace()
    {
        await using var installation = await DoingAsync(instance: "throw");

        var result = await installation.RunAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["KU-5002"], Refusal.Codes(result));
        Assert.Contains("InvalidOperationException: The module has had enough.", result.Error);
        Refusal.IsForPeople(result);
        Assert.Equal(["2.001 failed V2_001"], await installation.JournalAsync("acme"));
        Assert.Empty(await MarksAsync(installation));
        await MendedAsync(installation);
    }

    [Fact]
    public async Task Shows_its_stack_trace_where_the_user_asks_for_it()
    {
        await using var installation = await DoingAsync(instance: "throw");

        var result = await installation.RunAsync("--verbose");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("at Requested.V2_001.PerInstance(", result.Error);
    }

    /// <summary>Umbraco 23114, camunda 62802, flyway 1425: recorded as done, and nothing of it was there.</summary>
    [Fact]
    public async Task Trap_failure_recorded_as_success_a_swallowed_SQL_error_is_a_failure()
    {
        await using var installation = await DoingAsync(instance: "swallow");

        var result = await installation.RunAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["KU-5003"], Refusal.Codes(result));
        Assert.Contains("it must not swallow PostgreSQL's exceptions", result.Error);
        Assert.Equal(["2.001 failed V2_001"], await installation.JournalAsync("acme"));
        Assert.Empty(await MarksAsync(installation));
        await MendedAsync(installation);
    }

    [Nightly]
    [Theory]
    [InlineData("commit")]
    [InlineData("commit-and-throw")]
    [InlineData("begin-anew")]
    public async Task A_module_that_commits_is_torn_and_refused_until_it_is_reset(string wish)
    {
        await using var installation = await DoingAsync(instance: wish);

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5004"], Refusal.Codes(result));
        Assert.Contains("krang-upgrade reset acme", result.Error);
        Assert.Equal(["2.001 running V2_001"], await installation.JournalAsync("acme"));
        var (_, status) = await installation.RunJsonAsync("status", "acme");
        Assert.Equal("torn", $"{status["targets"]![0]!["status"]}");
        await installation.RefusesAsync(["KU-4006"]);

        await installation.ExecuteAsync("DROP TABLE acme.marks");
        await installation.SucceedsAsync("reset", "acme", "--yes");
        await MendedAsync(installation);
    }

    [Fact]
    public async Task A_module_that_fails_after_writing_files_leaves_them_unchanged()
    {
        await using var installation = await DoingAsync(onInstallation: "write-and-throw");
        var data = Directory.CreateDirectory(Path.Combine(installation.Root, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "kept.txt"), "the user's", TestContext.Current.CancellationToken);

        Assert.Equal(1, (await installation.RunAsync()).ExitCode);

        Assert.Equal("the user's", await File.ReadAllTextAsync(Path.Combine(data, "kept.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(
            ["kept.txt", "upgrade-logs"],
            Directory.EnumerateFileSystemEntries(data).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["2.001 failed V2_001"], await installation.JournalAsync());
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    private static async Task MendedAsync(TestInstallation installation)
    {
        installation.Settings.Remove("Modules");
        await installation.SucceedsAsync();
        Assert.Equal(["2.001 done V2_001"], await installation.JournalAsync("acme"));
        Assert.Equal(["V2_001"], await MarksAsync(installation));
    }

    private async Task<TestInstallation> DoingAsync(string instance = "", string onInstallation = "")
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Requested"), "Requested");
        installation.Settings["Modules"] = new JsonObject
        {
            ["V2_001"] = new JsonObject { ["Instance"] = instance, ["Installation"] = onInstallation },
        };
        return installation;
    }

    private static async Task<List<string>> MarksAsync(TestInstallation installation) =>
        await installation.QueryAsync("SELECT 1 FROM pg_tables WHERE schemaname = 'acme' AND tablename = 'marks'") is []
            ? [] : await installation.QueryAsync("SELECT mark FROM acme.marks");

    /// <summary>The module left the transaction alone; it is COMMIT that finds the row without its parent.</summary>
    [Fact]
    public async Task Fails_and_is_not_torn_where_a_deferred_constraint_refuses_the_commit()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstance = """
                CREATE TABLE parent (id int PRIMARY KEY);
                CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
                INSERT INTO child VALUES (1)
                """,
        });

        var result = await installation.RunAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("KU-5002", result.Error);
        Assert.Equal(["1.001 failed V1_001"], await installation.JournalAsync("acme"));
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.child')::text"));
    }
}
