namespace PluginUpgrade.PostgresTests.Verbs;

public class StatusPlanAndHistory(TestServer server)
{
    [Nightly]
    [Theory]
    [InlineData("plan")]
    [InlineData("status")]
    public async Task Exit_code_3_says_that_something_is_pending_where_that_is_asked_for(string verb)
    {
        await using var installation = await AtFirstVersionAsync();

        Assert.Equal(0, (await installation.RunAsync(verb)).ExitCode);
        Assert.Equal(3, (await installation.RunAsync(verb, "--exit-code")).ExitCode);
        await installation.SucceedsAsync();
        Assert.Equal(0, (await installation.RunAsync(verb, "--exit-code")).ExitCode);
    }

    [Fact]
    public async Task History_tells_what_was_done_when_and_by_whom_oldest_first()
    {
        await using var installation = await AtFirstVersionAsync();
        await installation.SucceedsAsync("run", "V1_002", "acme");

        var (_, document) = await installation.RunJsonAsync("history");
        var forPeople = (await installation.SucceedsAsync("history", "acme")).Output;

        Assert.Equal(["installation 1.001 done", "acme 1.001 done", "acme 1.002 done"],
            document["entries"]!.AsArray().Select(entry => $"{entry!["target"]} {entry["version"]} {entry["state"]}"));
        Assert.True(document["entries"]![2]!["byHand"]!.GetValue<bool>());
        Assert.Matches(@"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +acme +1\.002 +V1_002 +done \(by hand\) ", forPeople);
        Assert.DoesNotContain("installation", forPeople);
    }

    private async Task<TestInstallation> AtFirstVersionAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");
        return installation;
    }

    [Nightly]
    [Fact]
    public async Task History_tells_failed_tries_too_before_what_came_of_them()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story AS SELECT * FROM missing" });
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);
        // In another schema: tables in an instance that was never upgraded would be of a version that nobody knows.
        await installation.ExecuteAsync("CREATE SCHEMA shared; CREATE TABLE shared.missing ()");
        Assert.Equal(0, (await installation.RunAsync("--Run:SearchPath=shared")).ExitCode);

        var (_, document) = await installation.RunJsonAsync("history", "acme");

        var entries = document["entries"]!.AsArray().Select(entry => $"{entry!["version"]} {entry["state"]} {entry["error"]}").ToList();
        const string failed = "1.001 failed relation \"missing\" does not exist (SQLSTATE 42P01).";
        Assert.Equal([failed, failed, "1.001 done "], entries);
    }
}
