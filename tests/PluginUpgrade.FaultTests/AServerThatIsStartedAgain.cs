using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests;

/// <summary>In the middle of a step, each on a server of its own.</summary>
public class AServerThatIsStartedAgain
{
    private static readonly string[] AllDone = ["1.001 done V1_001", "1.002 done V1_002", "1.003 done V1_003"];

    private static TestServer Server() => new() { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } };

    [Theory]
    [NightlyData("QUIT")]
    [NightlyData("INT")]
    [InlineData("KILL")]
    public async Task Is_waited_for_and_the_step_is_tried_again(string signal)
    {
        await using var server = Server();
        await using var installation = await GatedAsync(server);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);

        await server.EndAsync(signal);
        await server.RestartAsync();
        await GoesOnAsync(installation, host);
    }

    /// <summary>The server ends all sessions when one of its processes crashes, and says so to each.</summary>
    [Nightly]
    [Fact]
    public async Task Because_another_of_its_processes_crashed_is_waited_for_too()
    {
        await using var server = Server();
        await using var installation = await GatedAsync(server);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);

        await server.CrashBackendAsync();
        await GoesOnAsync(installation, host);
    }

    /// <summary>The step is begun again, and the run comes to its end as if nothing had been.</summary>
    private static async Task GoesOnAsync(TestInstallation installation, HostProcess host)
    {
        await Gate.ReachedAsync(installation, host);
        await Gate.OpenAsync(installation);

        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("the server was restarted", result.Error);
        Assert.Equal(AllDone, await installation.JournalAsync("acme"));
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task The_step_fails_if_the_server_does_not_come_back_in_time()
    {
        await using var server = Server();
        await using var installation = await GatedAsync(server);
        installation.Settings["Run"] = new JsonObject { ["ReconnectWithin"] = "00:00:01" };
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);

        await server.EndAsync("QUIT");

        var result = await host.EndAsync();
        await server.RestartAsync();
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-5005", result.Error);
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await installation.RunAsync()).ExitCode);
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    /// <summary>A standby that was behind, or a backup: what the run had committed is not there.</summary>
    [Fact]
    public async Task A_server_that_lost_committed_steps_gets_no_further_step()
    {
        await using var server = Server();
        await using var installation = await GatedAsync(server);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);
        await installation.ExecuteAsync("DELETE FROM acme.krang_upgrade_journal WHERE version = '1.001'");

        await server.EndAsync("QUIT");
        await server.RestartAsync();

        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-5018", result.Error);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task Is_another_matter_than_an_answer_that_is_lost_on_the_way()
    {
        await using var server = Server();
        await using var installation = await GatedAsync(server);
        var address = new NpgsqlConnectionStringBuilder(installation.Database);
        await using var proxy = new RoughProxy(address.Host!, address.Port, TimeSpan.Zero);
        installation.Settings["Instances"]!["acme"]!["Database"] = $"Host=127.0.0.1;Port={proxy.Port}";
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:01", ["KeepAlive"] = "00:00:01" };
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);

        Assert.NotEqual(0, proxy.Befall(Roughness.LoseAnswers, () => true, default));
        await Gate.OpenAsync(installation);

        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-5005", result.Error);
        Assert.Contains("The connection was given up", result.Error);
        Assert.Equal(0, (await installation.RunAsync()).ExitCode);
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    /// <summary>The second step waits at the gate.</summary>
    private static async Task<TestInstallation> GatedAsync(TestServer server)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"), Sample.Gated("V1_002"), Sample.ForInstances("V1_003"));
        await Gate.CloseAsync(installation);
        return installation;
    }
}
