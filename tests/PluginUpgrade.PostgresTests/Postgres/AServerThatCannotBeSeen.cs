using System.Diagnostics;
using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>Its host was killed in a container, and the server lives on there: E5i. And what that host may have left: E5c.</summary>
public class AServerThatCannotBeSeen
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Nightly]
    [Fact]
    public async Task E5i_is_not_joined_by_a_second_one_on_the_same_files()
    {
        Assert.SkipUnless(Libc.IsRoot, "Takes root to make a PID namespace.");
        using var root = new TempDirectory();
        // The namespace's first process outlives the host, as an init in a container does.
        using var container = OtherHost.Start(root.Root, nameof(OtherHost.Holds_its_server_until_it_is_killed),
            "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", "\"$@\" & sleep 600", "sh");
        await container.ReadyAsync();
        var cluster = Path.Combine(EmbeddedServer.DirectoryBelow(root.Root), "cluster");
        KillTheHost(container.Id);

        // postmaster.pid names a process that is another one here, or none.
        var before = await File.ReadAllTextAsync(Path.Combine(cluster, "postmaster.pid"), Token);
        Assert.Equal("KU-6018", (await Servers.RefusedAsync(root.Root)).Code);
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(cluster, "postmaster.pid"), Token));

        // With its namespace the server ends; then another one may start.
        await container.KillAsync();
        await using var server = await Servers.StartAsync(root.Root);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
    }

    [Fact]
    public async Task E5i_holds_its_cluster_by_every_one_of_its_processes()
    {
        using var root = new TempDirectory();
        string cluster;
        await using (var server = await Servers.StartAsync(root.Root))
        {
            cluster = server.DataDirectory;
            Assert.False(Libc.TryLockDirectory(cluster, out _));
            var processes = Directory.GetDirectories("/proc")
                .Where(process => int.TryParse(Path.GetFileName(process), out _) && IsIn(process, cluster)).ToList();
            Assert.True(processes.Count > 3, $"{processes.Count} processes");
            // One that is ending closes its files before it leaves its directory, and then is none of them any more.
            foreach (var process in processes)
                await TerminalProcess.UntilAsync(
                    () => Holds(process, cluster) || !IsIn(process, cluster), () => $"{process} does not hold it");
        }
        Assert.True(Libc.TryLockDirectory(cluster, out var held));
        held!.Dispose();

        static bool IsIn(string process, string cluster) =>
            Libc.Look(process + "/cwd", follow: true)?.Identity == Libc.Look(cluster, follow: true)!.Value.Identity;

        static bool Holds(string process, string cluster)
        {
            try
            {
                return Directory.GetFileSystemEntries(process + "/fd").Any(handle => new FileInfo(handle).LinkTarget == cluster);
            }
            catch (IOException)
            {
                return false; // It has ended just now.
            }
        }
    }

    [Fact]
    public async Task E5c_leaves_unfinished_clusters_that_are_removed_as_their_owner_and_through_no_link()
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Takes root, and another user.");
        using var root = new TempDirectory();
        string directory;
        await using (var server = await Servers.StartAsync(root.Root)) directory = Path.GetDirectoryName(server.DataDirectory)!;
        var outside = Directory.CreateDirectory(Path.Combine(root.Root, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "kept"), "kept", Token);
        var leftover = Directory.CreateDirectory(Path.Combine(directory, "cluster.new-0123abcd")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(leftover, "base"), outside);
        var roots = Directory.CreateDirectory(Path.Combine(leftover, "roots")).FullName;
        await File.WriteAllTextAsync(Path.Combine(roots, "precious"), "kept", Token);
        var owner = Libc.Look(Path.Combine(directory, "cluster"))!.Value;
        LinkFree.SetOwner(leftover, owner.User, owner.Group);
        Directory.CreateSymbolicLink(Path.Combine(directory, "cluster.new-0123abce"), outside);

        await using var next = await Servers.StartAsync(root.Root);

        // Root's own, which its owner could not have removed.
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(roots, "precious"), Token));
        Assert.False(File.Exists(Path.Combine(leftover, "base")));
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(outside, "kept"), Token));
    }

    /// <summary>The child of the namespace's first process that is not the one that waits.</summary>
    private static void KillTheHost(int unshare)
    {
        var init = Children(unshare).Single();
        var host = Children(init).Single(process => File.ReadAllText($"/proc/{process}/comm").Trim() != "sleep");
        using var found = Process.GetProcessById(host);
        found.Kill();
        found.WaitForExit();
    }

    private static IEnumerable<int> Children(int process) =>
        File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
}
