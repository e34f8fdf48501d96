using System.Globalization;
using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Programs;

namespace PluginUpgrade.PostgresTests.Postgres;

public class ACrash
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_host_leaves_a_server_that_the_next_host_finds_and_stops()
    {
        using var root = new TempDirectory();
        using var host = OtherHost.Start(root.Root, nameof(OtherHost.Holds_its_server_until_it_is_killed));
        var process = await host.ReadyAsync();
        await host.KillAsync();

        var server = await Servers.StartAsync(root.Root);
        Assert.Equal(process, server.ProcessId);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
        await server.DisposeAsync();
        Assert.Null(server.LeftRunning);
        Assert.False(Postmaster.WorksIn(process, server.DataDirectory));
    }

    [Fact]
    public async Task A_crashed_server_is_recovered_by_the_next_start()
    {
        using var root = new TempDirectory();
        var crashed = await Servers.StartAsync(root.Root);
        await Servers.AskAsync(crashed, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id");
        Servers.Kill(crashed.ProcessId);
        await crashed.DisposeAsync();

        await using var server = await Servers.StartAsync(root.Root);
        Assert.NotEqual(crashed.ProcessId, server.ProcessId);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
    }

    [Fact]
    public async Task A_crashed_server_that_others_use_is_not_restarted_under_them()
    {
        using var root = new TempDirectory();
        await using var user = await Servers.StartAsync(root.Root);
        Servers.Kill(user.ProcessId);
        while (Postmaster.WorksIn(user.ProcessId, user.DataDirectory)) await Task.Delay(20, Token);
        Assert.Equal("KU-6017", (await Servers.RefusedAsync(root.Root)).Code);
    }

    [Fact]
    public async Task Whose_process_number_is_in_use_again_does_not_keep_the_server_from_starting()
    {
        using var root = new TempDirectory();
        var first = await Servers.StartAsync(root.Root);
        await first.DisposeAsync();
        // A process of the server's own user: that is where PostgreSQL by itself gives up.
        var user = await ServerUser.ChooseAsync([first.DataDirectory], Token);
        var drop = await PrivilegeDrop.PlanAsync(user, root.Root, Token);
        using var bystander = drop.Wrap(new ProgramCall { File = "sleep", Arguments = ["60"] }).Start(out _, out _);
        var number = bystander.Id.ToString(CultureInfo.InvariantCulture);
        var stale = $"{number}\n{first.DataDirectory}\n1700000000\n5432\n/tmp\n\n  1 1\nready\n";
        await File.WriteAllTextAsync(Path.Combine(first.DataDirectory, "postmaster.pid"), stale, Token);

        await using var second = await Servers.StartAsync(root.Root);
        Assert.Equal(1, await Servers.AskAsync(second, "SELECT 1"));
        Assert.False(bystander.HasExited);
        bystander.Kill();
    }

    [Nightly]
    [Fact]
    public async Task A_crash_while_tmp_is_cleared_is_no_dead_end()
    {
        using var root = new TempDirectory();
        using var host = OtherHost.Start(root.Root, nameof(OtherHost.Holds_its_server_until_it_is_killed));
        var process = await host.ReadyAsync();
        await host.KillAsync();
        Directory.Delete(await host.SocketAsync(), recursive: true);

        await using var server = await Servers.StartAsync(root.Root);
        Assert.NotEqual(process, server.ProcessId);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
    }

    [Fact]
    public async Task A_killed_initdb_leaves_nothing_half_made()
    {
        using var root = new TempDirectory();
        var directory = EmbeddedServer.DirectoryBelow(root.Root);
        using var programs = new FakePrograms("""echo made > "$2/PG_VERSION"; kill -9 $$""");
        var problem = await Servers.RefusedAsync(root.Root, TestServer.ThrowAway with { Programs = programs.Directory });
        Assert.Equal("KU-6009", problem.Code);
        Assert.Empty(Directory.EnumerateDirectories(directory, "cluster*"));

        // Killed together with its host, nobody clears up at once.
        Directory.CreateDirectory(Path.Combine(directory, "cluster.new-0123abcd", "base"));
        await using var server = await Servers.StartAsync(root.Root);
        Assert.Equal(["cluster", "log"], Directory.EnumerateDirectories(directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Cancelling_the_first_start_leaves_nothing_half_made()
    {
        using var root = new TempDirectory();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        using var programs = new FakePrograms("sleep 60");
        var directory = EmbeddedServer.DirectoryBelow(root.Root);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            EmbeddedServer.StartAsync(directory, TestServer.ThrowAway with { Programs = programs.Directory }, soon.Token));
        Assert.Empty(Directory.EnumerateDirectories(directory, "cluster*"));
        await using var server = await Servers.StartAsync(root.Root);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
    }
}
