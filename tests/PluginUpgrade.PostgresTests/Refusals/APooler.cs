using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>A real pgbouncer between the host and the server.</summary>
public class APooler(TestServer server)
{
    [Theory]
    [NightlyData("transaction", 1, 0)]
    [InlineData("transaction", 20, 1)]
    [InlineData("statement", 20, 0)]
    public async Task A_pooler_of_transactions_is_refused_with_a_remedy(string mode, int size, int roundRobin)
    {
        await using var installation = await InstallationAsync();
        await using var bouncer = await PgBouncer.StartAsync(
            await server.StartedAsync(), mode, $"default_pool_size = {size}", $"server_round_robin = {roundRobin}");
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        var result = await installation.RefusesAsync(["KU-3010"]);

        Assert.Contains("installation, acme: ", result.Error);
        Assert.Contains("pool_mode = session", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task A_pooler_with_a_single_session_is_refused()
    {
        await using var installation = await InstallationAsync();
        await using var bouncer = await PgBouncer.StartAsync(await server.StartedAsync(), "session", "default_pool_size = 1");
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        await installation.RefusesAsync(["KU-3011"]);
    }

    [Fact]
    public async Task A_pooler_of_sessions_works()
    {
        await using var installation = await InstallationAsync();
        await using var bouncer = await PgBouncer.StartAsync(await server.StartedAsync(), "session");
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    /// <summary>One session for the run's lock and one for lanes, whose steps take longer than anything that is waited for.</summary>
    [Nightly]
    [Fact]
    public async Task Whose_sessions_the_runs_own_lanes_have_is_waited_for()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex", "initech");
        installation.Drop(Sample.ForInstances("V1_001") with { PerInstance = $"{Sample.Count("V1_001")}; SELECT pg_sleep(3)" });
        installation.Settings["Run"] = new JsonObject
        {
            ["Parallel"] = 3,
            ["ConnectTimeout"] = "00:00:02",
            ["ReconnectWithin"] = "00:00:01",
        };
        await using var bouncer = await PgBouncer.StartAsync(await server.StartedAsync(), "session", "default_pool_size = 2");
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        await installation.SucceedsAsync();

        foreach (var instance in (string[])["acme", "globex", "initech"]) Assert.Equal(["V1_001"], await installation.CallsAsync(instance));
    }

    private async Task<TestInstallation> InstallationAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        return installation;
    }
}
