using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

public class AServerThatDoesNotStart
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Says_why_in_the_words_of_its_log()
    {
        using var root = new TempDirectory();
        var settings = new Dictionary<string, string> { ["fsync"] = "off", ["shared_buffers"] = "lots" };
        var options = TestServer.ThrowAway with { Settings = settings };
        var problem = await Servers.RefusedAsync(root.Root, options);
        Assert.Equal("KU-6010", problem.Code);
        Assert.Contains("shared_buffers", problem.Message, StringComparison.Ordinal);
        await using var again = await Servers.StartAsync(root.Root);
        Assert.Equal(1, await Servers.AskAsync(again, "SELECT 1"));
    }

    [Fact]
    public async Task For_want_of_programs_of_its_major_version_names_the_package()
    {
        using var root = new TempDirectory();
        string cluster;
        await using (var server = await Servers.StartAsync(root.Root)) cluster = server.DataDirectory;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "7\n", Token);
        var problem = await Servers.RefusedAsync(root.Root);
        Assert.Equal("KU-6002", problem.Code);
        Assert.Contains("PostgreSQL 7", problem.Message, StringComparison.Ordinal);
        Assert.Contains("postgresql", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Because_another_host_is_starting_it_says_so_in_the_end()
    {
        using var root = new TempDirectory();
        var files = ServerFiles.In(EmbeddedServer.DirectoryBelow(root.Root));
        using var other = HostLock.TryExclusive(files.StartLock);
        Assert.NotNull(other);
        var problem = await Servers.RefusedAsync(root.Root, TestServer.ThrowAway with { LockTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.Equal("KU-6012", problem.Code);
    }
}
