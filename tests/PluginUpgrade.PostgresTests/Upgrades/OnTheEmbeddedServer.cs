using System.Text.Json;
using System.Text.Json.Nodes;
using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>No database is configured: the host runs a server of its own below the root.</summary>
public class OnTheEmbeddedServer
{
    [Fact]
    public async Task An_installation_and_its_instances_are_made_and_upgraded_and_nothing_keeps_running()
    {
        using var directory = new TempDirectory(open: false);
        var root = directory.Root;
        WriteInstallation(root);

        var first = await RunAsync(root, "--to", "1.001");
        Assert.True(first.ExitCode == 0, $"{first}");
        Assert.False(IsServing(root));

        var second = await RunAsync(root, "--from", "1.001");
        Assert.True(second.ExitCode == 0, $"{second}");
        var status = await RunAsync(root, "status", "--json");
        var targets = JsonNode.Parse(status.Output)!["targets"]!.AsArray();
        Assert.Equal(
            ["installation 1.002", "acme 1.002", "globex 1.002"], targets.Select(target => $"{target!["target"]} {target["version"]}"));
        Assert.False(IsServing(root));

        var query = await RunAsync(root, "psql", "globex", "-c", "SELECT current_database() || ' ' || count(*) FROM story");
        Assert.Contains("globex 1", query.Output);
        Assert.False(IsServing(root));
    }

    [Nightly]
    [Fact]
    public async Task Two_commands_share_it()
    {
        using var directory = new TempDirectory();
        var root = directory.Root;
        WriteInstallation(root);
        Assert.Equal(0, (await RunAsync(root, "--to", "1.001")).ExitCode);

        using var psql = HostProcess.Start(["psql", "acme", "-c", "SELECT pg_sleep(4)", "--root", root]);
        while (!IsServing(root)) await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await RunAsync(root)).ExitCode);
        Assert.Equal(0, (await psql.EndAsync()).ExitCode);
        Assert.False(IsServing(root));
    }

    /// <summary>However the command itself ends.</summary>
    [Theory]
    [InlineData("status", 0)]
    [InlineData("plan --to 9.9", 2)]
    public async Task One_that_cannot_be_stopped_is_told(string command, int exitCode)
    {
        using var directory = new TempDirectory(open: false);
        var root = directory.Root;
        using var programs = new TempDirectory();
        var real = (await PostgresPrograms.FindAsync(TestServer.ThrowAway.Programs, null, TestContext.Current.CancellationToken)).Directory;
        WriteInstallation(root, programs.Root);
        foreach (var name in (string[])["initdb", "postgres"])
            File.CreateSymbolicLink(Path.Combine(programs.Root, name), Path.Combine(real, name));
        programs.WriteScript("pg_ctl", $"exec '{real}/pg_ctl' \"$@\"");
        Assert.Equal(0, (await RunAsync(root)).ExitCode);
        programs.WriteScript("pg_ctl", "exit 1");
        try
        {
            var result = await RunAsync(root, command.Split(' '));
            Assert.True(result.ExitCode == exitCode, $"{result}");
            Assert.Contains("warning KU-6013", result.Error);
        }
        finally
        {
            programs.WriteScript("pg_ctl", $"exec '{real}/pg_ctl' \"$@\"");
            Assert.Equal(0, (await RunAsync(root, "status")).ExitCode);
            Assert.False(IsServing(root));
        }
    }

    private static void WriteInstallation(string root, string? programs = null)
    {
        Directory.CreateDirectory(Path.Combine(root, "upgrade"));
        File.WriteAllText(Path.Combine(root, "krang-upgrade.json"), $$"""
            {
              "Installation": { "Name": "test", "Embedded": true },
              "Instances": { "acme": { "Schema": "acme" }, "globex": { "Database": "Database=globex" } },
              "Postgres": { "Bin": {{JsonSerializer.Serialize(programs ?? TestServer.ThrowAway.Programs)}} }
            }
            """);
        foreach (var module in (ModuleSource[])
        [
            new("V1_001") { PerInstallation = "CREATE TABLE own ()", PerInstance = "CREATE TABLE story (id integer)" },
            new("V1_002") { PerInstance = "INSERT INTO story VALUES (1)" },
        ])
            File.WriteAllBytes(Path.Combine(root, "upgrade", $"{module.Name}.dll"), ModuleAssembly.Of(module));
    }

    private static async Task<HostResult> RunAsync(string root, params string[] arguments)
    {
        using var host = HostProcess.Start([.. arguments, "--root", root]);
        return await host.EndAsync();
    }

    private static bool IsServing(string root) => File.Exists(Path.Combine(root, "data", "postgres", "cluster", "postmaster.pid"));
}
