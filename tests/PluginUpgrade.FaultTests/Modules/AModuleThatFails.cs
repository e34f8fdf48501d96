namespace PluginUpgrade.FaultTests.Modules;

public class AModuleThatFails(TestServer server)
{
    /// <summary>The module's server process.</summary>
    private const string Sleeping = """
        FROM pg_stat_activity
        WHERE query LIKE 'SELECT pg_sleep%' AND application_name LIKE 'krang-upgrade%' AND datname = current_database()
        """;

    [Fact]
    public async Task Stops_no_other_instance()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "swallow", "acme", "globex", "initech");
        installation.Tell("swallow", only: "acme");

        var result = await installation.UpgradeAsync();

        Assert.Equal(Misbehaviour.AllDone, await installation.JournalAsync("globex"));
        Assert.Equal(Misbehaviour.AllDone, await installation.JournalAsync("initech"));
        await installation.FailsAndResumesAsync(result, "KU-5003");
    }

    [Fact]
    public async Task Ends_with_its_server_process()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "SELECT pg_sleep(60)");
        using var host = installation.Start("--to", "1.003");
        await installation.WaitAsync($"SELECT 1 {Sleeping}");

        await installation.ExecuteAsync($"SELECT pg_terminate_backend(pid) {Sleeping}");

        await installation.FailsAndResumesAsync(await host.EndAsync(), "KU-5005");
    }

    [Nightly]
    [Fact]
    public async Task Ends_with_its_statement_when_that_is_cancelled()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "SELECT pg_sleep(60)");
        using var host = installation.Start("--to", "1.003");
        await installation.WaitAsync($"SELECT 1 {Sleeping}");

        await installation.ExecuteAsync($"SELECT pg_cancel_backend(pid) {Sleeping}");

        await installation.FailsAndResumesAsync(await host.EndAsync(), "KU-5002");
    }
}
