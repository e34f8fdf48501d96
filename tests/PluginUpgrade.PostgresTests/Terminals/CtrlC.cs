using System.Text.Json.Nodes;
using PluginUpgrade.PostgresTests.Saves;
using PluginUpgrade.Programs;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>Ctrl-C on a real terminal: for the host to hear, and for nobody that works for it.</summary>
public class CtrlC(TestServer server)
{
    /// <summary>Says that it has begun, waits until the test lets it go on, and says that it came to its end.</summary>
    private static string Working(string place) =>
        $"touch {place}/begun; while test ! -e {place}/go; do sleep 0.05; done; touch {place}/ended";

    [Theory]
    [InlineData("hook")]
    [InlineData("gate")]
    [InlineData("pg_dump")]
    public async Task E5q_does_not_reach_what_works_for_the_host(string what)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        using var place = new TempDirectory();
        using var clients = new FakeClients(dump: $"{Working(place.Root)}; echo x > $file; exit 0");
        installation.Drop(Sample.ForInstances("V1_001"));
        var run = new JsonObject { ["Save"] = what == "pg_dump" ? "always" : "never" };
        installation.Settings["Run"] = run;
        if (what == "hook") installation.Settings["Hooks"] = new JsonObject { ["Before"] = Working(place.Root) };
        if (what == "pg_dump") installation.Settings["Postgres"] = new JsonObject { ["Bin"] = clients.Directory };
        if (what == "gate")
        {
            run["Waves"] = new JsonArray("1", "100%");
            run["Gate"] = new JsonObject { ["Command"] = Working(place.Root) };
        }
        using var terminal = TerminalProcess.Start(installation, "--yes");
        await Until("begun");

        await terminal.InterruptAsync();
        await terminal.SaysAsync("Stopping");
        if (what != "pg_dump")
        {
            await File.WriteAllTextAsync(Path.Combine(place.Root, "go"), "", TestContext.Current.CancellationToken);
            await Until("ended");
        }
        Assert.Equal(130, await terminal.EndAsync());
        Assert.DoesNotContain("FAILED", terminal.Shown);

        Task Until(string file) => TerminalProcess.UntilAsync(
            () => File.Exists(Path.Combine(place.Root, file)), () => $"not {file}:\n{terminal.Shown}");
    }

    [Fact]
    public async Task E5q_does_not_reach_the_embedded_servers_programs()
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        using var place = new TempDirectory();
        using var programs = new Postgres.FakePrograms(Working(place.Root));
        // The embedded server's user writes here.
        File.SetUnixFileMode(place.Root, (UnixFileMode)0b111_111_111);
        installation.Settings["Installation"] = new JsonObject { ["Name"] = "test", ["Embedded"] = true };
        installation.Settings["Instances"] = new JsonObject { ["acme"] = new JsonObject { ["Schema"] = "acme" } };
        installation.Settings["Postgres"] = new JsonObject { ["Bin"] = programs.Directory };
        installation.Drop(Sample.Counting("V1_001"));
        using var terminal = TerminalProcess.Start(installation, "--yes");
        await TerminalProcess.UntilAsync(() => File.Exists(Path.Combine(place.Root, "begun")), () => terminal.Shown);

        await terminal.InterruptAsync();
        await terminal.SaysAsync("Stopping");
        await File.WriteAllTextAsync(Path.Combine(place.Root, "go"), "", TestContext.Current.CancellationToken);

        await TerminalProcess.UntilAsync(() => File.Exists(Path.Combine(place.Root, "ended")), () => terminal.Shown);
        await terminal.EndAsync();
    }

    [Fact]
    public async Task E5q_is_psqls_where_the_user_works_with_it()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        using var terminal = TerminalProcess.Start(installation, "psql acme");
        await terminal.TypeAsync("SELECT 'rea' || 'dy', pg_sleep(1000);\n");
        const string working = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1000)%' AND pid <> pg_backend_pid()";
        while (await installation.QueryAsync(working) is []) await Task.Delay(50, TestContext.Current.CancellationToken);

        for (var i = 0; i < 3; i++) await terminal.InterruptAsync();

        await terminal.SaysAsync("canceling statement");
        await terminal.TypeAsync("SELECT 'still ' || 'here';\n");
        await terminal.SaysAsync("still here");
        await terminal.TypeAsync("\\q\n");
        Assert.Equal(0, await terminal.EndAsync());
        Assert.DoesNotContain("Stopping", terminal.Shown);
    }

    [Fact]
    public async Task E5q_what_works_for_the_host_ends_where_the_host_is_killed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        using var place = new TempDirectory();
        installation.Drop(Sample.ForInstances("V1_001"));
        installation.Settings["Hooks"] = new JsonObject
        {
            ["Before"] = $"cd {place.Root}; sleep 1000 & echo $! > new; echo $$ >> new; mv new begun; wait",
        };
        using var host = installation.Start("--yes");
        var file = Path.Combine(place.Root, "begun");
        await TerminalProcess.UntilAsync(() => File.Exists(file), () => host.ErrorSoFar);
        var processes = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);

        host.Kill();

        foreach (var process in processes)
            await TerminalProcess.UntilAsync(() => !Directory.Exists($"/proc/{process}"), () => $"{process} lives on");
    }

    [Fact]
    public async Task E5q_a_session_of_its_own_has_each_program()
    {
        var session = await new ProgramCall { File = "/bin/sh", Arguments = ["-c", "ps -o sid= -p $$"] }
            .RunAsync(TestContext.Current.CancellationToken);
        var mine = await File.ReadAllTextAsync("/proc/self/stat", TestContext.Current.CancellationToken);
        Assert.NotEqual(mine[(mine.LastIndexOf(')') + 2)..].Split(' ')[3], session.Output.Trim());
    }
}
