using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

public class AnOrdinaryUser
{
    private static readonly string[] Nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

    [Fact]
    public async Task Has_a_server_of_its_own()
    {
        Assert.SkipUnless(Libc.IsRoot, "Then every other test is this one.");
        using var root = new TempDirectory();
        LinkFree.SetOwner(root.Root, 65534, 65534);
        using var host = OtherHost.Start(root.Root, nameof(OtherHost.Uses_a_server), Nobody);
        await host.SucceedsAsync();
        Assert.Equal(65534u, Libc.Look(Path.Combine(EmbeddedServer.DirectoryBelow(root.Root), "cluster"))!.Value.User);

        // Root then runs it as its owner.
        await using var server = await Servers.StartAsync(root.Root);
        Assert.Equal(65534u, Libc.Look(server.SocketPath)!.Value.User);
    }

    [Fact]
    public async Task Is_told_whose_server_it_is()
    {
        Assert.SkipUnless(Libc.IsRoot && await HasPostgresAsync(), "Takes root and a user postgres to arrange.");
        using var root = new TempDirectory();
        await using var server = await Servers.StartAsync(root.Root);
        using var host = OtherHost.Start(root.Root, nameof(OtherHost.Is_refused_the_server_of_another_user), Nobody);
        await host.SucceedsAsync();
    }

    private static async Task<bool> HasPostgresAsync() =>
        await ServerUser.FindAsync("postgres", TestContext.Current.CancellationToken) is not null;
}
