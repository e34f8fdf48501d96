using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

public class AnEmbeddedServer
{
    [Fact]
    public async Task Starts_in_an_empty_root_and_stops_with_its_last_user()
    {
        using var root = new TempDirectory();
        var server = await Servers.StartAsync(root.Root);
        Assert.Equal("krang", await Servers.AskAsync(server, "SELECT current_database()::text"));
        Assert.Equal("UTF8", await Servers.AskAsync(server, "SHOW server_encoding"));
        Assert.Equal("on", await Servers.AskAsync(server, "SHOW data_checksums"));
        Assert.Equal("", await Servers.AskAsync(server, "SHOW listen_addresses"));
        Assert.Equal(Path.Combine(root.Root, "data/postgres/cluster"), server.DataDirectory);

        await server.DisposeAsync();

        Assert.Null(server.LeftRunning);
        Assert.False(Servers.Runs(server));
        Assert.False(Directory.Exists(server.SocketPath));
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "postmaster.pid")));
    }

    [Nightly]
    [Fact]
    public async Task Is_durable_unless_asked_otherwise()
    {
        using var root = new TempDirectory();
        await using var server = await Servers.StartAsync(root.Root, new EmbeddedServerOptions());
        Assert.Equal("on", await Servers.AskAsync(server, "SHOW fsync"));
        Assert.Equal("on", await Servers.AskAsync(server, "SHOW full_page_writes"));
        Assert.Equal("100", await Servers.AskAsync(server, "SHOW max_connections"));
    }

    [Fact]
    public async Task Keeps_its_data_between_hosts()
    {
        using var root = new TempDirectory();
        await using (var first = await Servers.StartAsync(root.Root)) await Servers.AskAsync(first, "CREATE TABLE kept (id integer)");
        await using var second = await Servers.StartAsync(root.Root);
        Assert.Equal(0L, await Servers.AskAsync(second, "SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task Is_shared_by_two_hosts()
    {
        using var root = new TempDirectory();
        var first = await Servers.StartAsync(root.Root);
        var second = await Servers.StartAsync(root.Root);
        Assert.Equal(first.ProcessId, second.ProcessId);

        await first.DisposeAsync();
        Assert.True(Servers.Runs(second));
        Assert.Equal(1, await Servers.AskAsync(second, "SELECT 1"));

        await second.DisposeAsync();
        Assert.False(Servers.Runs(second));
    }

    [Fact]
    public async Task Is_started_once_by_hosts_that_come_at_the_same_time()
    {
        using var root = new TempDirectory();
        var servers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Servers.StartAsync(root.Root)));
        Assert.Single(servers.Select(server => server.ProcessId).Distinct());
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
        Assert.False(Servers.Runs(servers[0]));
    }

    [Fact]
    public async Task Makes_the_database_it_is_asked_for()
    {
        using var root = new TempDirectory();
        await using var server = await Servers.StartAsync(root.Root, TestServer.ThrowAway with { Database = "we\"ird; name" });
        Assert.Equal("we\"ird; name", await Servers.AskAsync(server, "SELECT current_database()::text"));
    }

    [Fact]
    public async Task Lets_only_its_own_user_and_root_in()
    {
        using var root = new TempDirectory();
        await using var server = await Servers.StartAsync(root.Root);
        Assert.Equal(0x1C0u, Libc.Look(server.SocketPath)!.Value.Mode);
        Assert.Equal(0x1C0u, Libc.Look(server.DataDirectory)!.Value.Mode);
        Assert.Equal(Libc.Look(server.DataDirectory)!.Value.User, Libc.Look(server.SocketPath)!.Value.User);
    }

    [Fact]
    public async Task Does_not_see_the_hosts_environment()
    {
        Environment.SetEnvironmentVariable("SECRET_OF_THE_HOST", "do-not-show");
        using var root = new TempDirectory();
        await using var server = await Servers.StartAsync(root.Root);
        var environment = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/environ", TestContext.Current.CancellationToken);
        Assert.DoesNotContain("do-not-show", environment, StringComparison.Ordinal);
    }

    [Nightly]
    [Fact]
    public async Task Begins_its_log_anew_when_it_is_large()
    {
        using var root = new TempDirectory();
        string log;
        await using (var first = await Servers.StartAsync(root.Root)) log = first.LogFile;
        await File.AppendAllTextAsync(log, new string('x', 100_000), TestContext.Current.CancellationToken);
        await using var second = await Servers.StartAsync(root.Root, TestServer.ThrowAway with { LogLimit = 100_000 });
        Assert.InRange(new FileInfo(log).Length, 1, 50_000);
        Assert.True(new FileInfo(log + ".1").Length > 100_000);
    }
}
