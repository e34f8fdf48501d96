using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>Names and places of installations that PostgreSQL's programs have trouble with.</summary>
public class ARootDirectory
{
    [Theory]
    [NightlyData("with a space")]
    [InlineData("it's \"quoted\" $HOME `id` ; %p\\ ü")]
    public async Task May_have_any_name(string name)
    {
        using var root = new TempDirectory(name);
        await using (var first = await Servers.StartAsync(root.Root)) await Servers.AskAsync(first, "CREATE TABLE kept (id integer)");
        await using var second = await Servers.StartAsync(root.Root);
        Assert.Equal(0L, await Servers.AskAsync(second, "SELECT count(*) FROM kept"));
        Assert.Equal(Path.Combine(root.Root, "data/postgres/cluster"), second.DataDirectory);
    }

    [Fact]
    public async Task May_be_longer_than_the_path_of_a_socket()
    {
        using var root = new TempDirectory(string.Join('/', Enumerable.Repeat(new string('d', 60), 6)));
        await using var server = await Servers.StartAsync(root.Root);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
        Assert.True(server.SocketPath.Length < 80);
    }

    [Nightly]
    [Fact]
    public async Task Is_the_same_root_through_a_link()
    {
        using var root = new TempDirectory("real");
        var link = Path.Combine(Path.GetDirectoryName(root.Root)!, "link");
        Directory.CreateSymbolicLink(link, root.Root);
        await using var direct = await Servers.StartAsync(root.Root);
        await using var linked = await Servers.StartAsync(link);
        Assert.Equal(direct.ProcessId, linked.ProcessId);
    }

    [Fact]
    public async Task Works_under_a_directory_that_only_root_may_enter()
    {
        Assert.SkipUnless(Libc.IsRoot, "Only root needs to pass through.");
        Assert.SkipUnless(MayHandOnTheCapability(), "A container without CAP_DAC_READ_SEARCH.");
        using var root = new TempDirectory("inside", open: false);
        var outer = Path.GetDirectoryName(root.Root)!;
        await using (var server = await Servers.StartAsync(root.Root)) Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
        Assert.Equal(0x1C0u, Libc.Look(outer)!.Value.Mode);
        Assert.Equal(0u, Libc.Look(outer)!.Value.User);
    }

    [Nightly]
    [Fact]
    public async Task Works_from_a_current_directory_that_only_root_may_enter()
    {
        Assert.SkipUnless(Libc.IsRoot, "Only root can be there.");
        using var root = new TempDirectory();
        using var closed = new TempDirectory(open: false);
        using var host = OtherHost.Start(root.Root, nameof(OtherHost.Uses_a_server), "env", $"--chdir={closed.Root}");
        await host.SucceedsAsync();
    }

    [Fact]
    public async Task A_root_that_cannot_be_reached_is_named_with_the_command_to_type()
    {
        Assert.SkipUnless(Libc.IsRoot, "An ordinary user runs the server as itself.");
        using var root = new TempDirectory("inside", open: false);
        var outer = Path.GetDirectoryName(root.Root)!;
        var nobody = (await ServerUser.FindAsync("nobody", TestContext.Current.CancellationToken))!;
        // Without the capability in the bounding set, as in many containers, not even root can hand it on.
        var setpriv = new PrivilegeDrop(nobody, ["setpriv", "--bounding-set=-dac_read_search", "--reuid=65534", "--clear-groups", "--"]);
        var refused = await Assert.ThrowsAsync<UpgradeException>(() =>
            PrivilegeDrop.PlanAsync(setpriv, root.Root, TestContext.Current.CancellationToken));
        var problem = Assert.Single(refused.Problems);
        Assert.Equal(("KU-6008", outer), (problem.Code, problem.Subject));
        Assert.EndsWith($": chmod o+x {NextCommand.Quote(outer)}", problem.Remedy, StringComparison.Ordinal);
    }

    [Nightly]
    [Fact]
    public async Task A_cluster_that_root_copied_says_who_must_own_it()
    {
        Assert.SkipUnless(Libc.IsRoot, "Only root's cluster belongs to root.");
        using var root = new TempDirectory();
        string cluster;
        await using (var server = await Servers.StartAsync(root.Root)) cluster = server.DataDirectory;
        LinkFree.SetOwner(Path.Combine(cluster, "PG_VERSION"), 0, 0);
        Assert.Equal("KU-6006", (await Servers.RefusedAsync(root.Root)).Code);
    }

    [Fact]
    public async Task Whose_cluster_is_a_link_to_another_disk_works()
    {
        using var root = new TempDirectory("root");
        var moved = Path.Combine(Path.GetDirectoryName(root.Root)!, "moved");
        string cluster;
        await using (var server = await Servers.StartAsync(root.Root)) cluster = server.DataDirectory;
        Directory.Move(cluster, moved);
        Directory.CreateSymbolicLink(cluster, moved);
        await using var first = await Servers.StartAsync(root.Root);
        await using var second = await Servers.StartAsync(root.Root);
        Assert.Equal(first.ProcessId, second.ProcessId);
        Assert.Equal(1, await Servers.AskAsync(second, "SELECT 1"));
    }

    [Fact]
    public async Task Whose_cluster_is_something_else_is_left_alone()
    {
        using var root = new TempDirectory();
        var cluster = Path.Combine(EmbeddedServer.DirectoryBelow(root.Root), "cluster");
        Directory.CreateDirectory(cluster);
        await File.WriteAllTextAsync(Path.Combine(cluster, "letter.txt"), "dear", TestContext.Current.CancellationToken);
        Assert.Equal("KU-6015", (await Servers.RefusedAsync(root.Root)).Code);
        Assert.True(File.Exists(Path.Combine(cluster, "letter.txt")));
    }

    private static bool MayHandOnTheCapability()
    {
        var bounding = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapBnd:", StringComparison.Ordinal));
        const int dacReadSearch = 2; // linux/capability.h
        return (Convert.ToUInt64(bounding.Split('\t')[1], 16) >> dacReadSearch & 1) == 1;
    }
}
