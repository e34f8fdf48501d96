using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>The session that holds the run's lock ends while a step runs.</summary>
public class ARunThatLosesItsLock(TestServer server)
{
    [Fact]
    public async Task E3d_to_another_run_begins_no_new_step()
    {
        await using var installation = await CreateAsync();
        await Gate.CloseAsync(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);
        await using var rival = await installation.OpenAsync();

        // Whoever waits in the server has the lock in the moment in which the other session ends.
        await using var wait = new NpgsqlCommand($"SELECT pg_advisory_lock({TargetLock.Space}, {TargetLock.RunKey("public")})", rival);
        var locked = wait.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        while (await installation.QueryAsync("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") is [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await EndHolderAsync(installation);
        await locked;
        await Gate.OpenAsync(installation);
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-4030", result.Error);
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task E3d_to_nobody_takes_it_again_and_goes_on()
    {
        await using var installation = await CreateAsync();
        await Gate.CloseAsync(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);

        await EndHolderAsync(installation);
        while (await HoldersAsync(installation) is []) await Task.Delay(20, TestContext.Current.CancellationToken);
        await Gate.OpenAsync(installation);
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("acme"));
    }

    /// <summary>Whatever goes wrong when the lock is taken again, no lane waits for ever.</summary>
    [Fact]
    public async Task E3d_and_fails_in_an_unforeseen_way_tells_that_and_waits_for_nothing()
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        var time = new BrokenClock();
        var target = new Target
        {
            Scope = Scope.Installation,
            Name = "test",
            Database = installation.Database,
            Schema = "public",
            Server = "here",
            DatabaseName = "here",
        };
        var settings = new ConnectionSettings("tests", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));
        await using var held = await RunLock.AcquireAsync(target, settings, time, TestContext.Current.CancellationToken);

        time.IsBroken = true;
        await EndHolderAsync(installation);
        while (held.FindLossAsync() is { IsCompletedSuccessfully: true, Result: null })
            await Task.Delay(20, TestContext.Current.CancellationToken);

        var loss = await held.FindLossAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal("KU-4031", loss!.Code);
    }

    private sealed class BrokenClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override long GetTimestamp() => IsBroken ? throw new InvalidOperationException("no time") : base.GetTimestamp();
    }

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"), Sample.ForInstances("V1_002"));
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject { ["LockTimeout"] = "00:00:02" };
        return installation;
    }

    private static Task<List<string>> EndHolderAsync(TestInstallation installation) =>
        installation.QueryAsync($"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE granted AND {OfTheRun}");

    private static Task<List<string>> HoldersAsync(TestInstallation installation) =>
        installation.QueryAsync($"SELECT pid FROM pg_locks WHERE granted AND {OfTheRun}");

    private static string OfTheRun => $"""
        locktype = 'advisory' AND classid = {TargetLock.Space} AND objid = {unchecked((uint)TargetLock.RunKey("public"))}
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;
}
