using Npgsql;
using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>A real one: a base backup of a server that has nothing else to copy, started with standby.signal.</summary>
public class AStandby
{
    [Fact]
    public async Task Is_refused_and_the_primary_is_found_beside_it()
    {
        await using var server = new TestServer();
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        using var directory = new TempDirectory();
        await using var standby = await StartAsync(server, directory.Root);
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

    private static async Task<EmbeddedServer> StartAsync(TestServer server, string directory)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var primary = await server.StartedAsync();
        var user = await ServerUser.ChooseAsync([primary.DataDirectory], cancellation);
        var files = ServerFiles.In(directory);
        ServerFiles.MakeFor(user, files.Cluster);
        var drop = await Drop.PlanAsync(user, files.Directory, cancellation);
        var backup = await drop.Wrap(new ProgramCall
        {
            File = primary.Programs["pg_basebackup"],
            Arguments = ["-h", primary.SocketPath, "-U", EmbeddedServer.Superuser, "-D", files.Cluster, "-c", "fast", "-X", "stream"],
        }).RunAsync(cancellation);
        Assert.True(backup.ExitCode == 0, backup.Said);
        await File.WriteAllTextAsync(Path.Combine(files.Cluster, "standby.signal"), "", cancellation);
        return await EmbeddedServer.StartAsync(directory, TestServer.ThrowAway, cancellation);
    }
}
