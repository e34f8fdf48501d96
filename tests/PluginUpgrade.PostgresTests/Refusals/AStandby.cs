using Npgsql;

namespace PluginUpgrade.PostgresTests.Refusals;

public class AStandby
{
    [Fact]
    public async Task Is_refused_and_the_primary_is_found_beside_it()
    {
        await using var server = new TestServer();
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        using var directory = new TempDirectory();
        await using var standby = await StandbyServer.StartAsync(server, directory.Root);
        var primary = new NpgsqlConnectionStringBuilder(installation.Database);

        Name(standby.SocketPath);
        var refused = await installation.RunAsync();
        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal(["KU-3003"], Refusal.Codes(refused).Distinct());

        Name($"{standby.SocketPath},{standby.SocketPath}");
        refused = await installation.RunAsync();
        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal(["KU-3012"], Refusal.Codes(refused).Distinct());
        Assert.Empty(await installation.JournalAsync("acme"));

        Name($"{standby.SocketPath},{primary.Host}");
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));

        void Name(string hosts) => installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Host = hosts }.ConnectionString;
    }
}
