using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class SeveralServers(TestServer server)
{
    private static readonly ModuleSource[] Modules =
    [
        new("V1_001") { PerInstallation = "CREATE TABLE own ()", PerInstance = "CREATE TABLE story ()" },
        new("V1_002") { PerInstance = "ALTER TABLE story ADD COLUMN foo_id integer" },
    ];

    [Fact]
    public async Task Hold_the_instances_of_one_installation()
    {
        using var directory = new TempDirectory();
        await using var second = await EmbeddedServer.StartAsync(
            directory.Root, TestServer.ThrowAway, TestContext.Current.CancellationToken);
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Instances"]!["globex"] = new JsonObject { ["Database"] = $"Host={second.SocketPath};Database=krang" };
        installation.Drop(Modules);

        var result = await installation.RunAsync("--Run:PerServer=1");

        Assert.True(result.ExitCode == 0, $"{result}");
        var elsewhere = new NpgsqlConnectionStringBuilder(second.ConnectionString) { Pooling = false }.ConnectionString;
        const string journal = "SELECT version FROM public.krang_upgrade_journal WHERE scope = 'instance' ORDER BY 1";
        Assert.Equal(["1.001", "1.002"], await installation.QueryAsync(journal, elsewhere));
        Assert.Equal(["foo_id"], await installation.QueryAsync(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'public.story'::regclass AND attnum > 0", elsewhere));
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Servers_that_accept_no_writes_refuse_the_upgrade()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Modules);
        var database = new NpgsqlConnectionStringBuilder(installation.Database).Database!;
        await installation.ExecuteAsync($"ALTER DATABASE {PostgresName.Quote(database)} SET default_transaction_read_only = on");

        var result = await installation.RunAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("KU-3003 installation, acme", result.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
    }
}
