using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Verbs;

public class WhatARunTells(TestServer server)
{
    private async Task<TestInstallation> InstallationAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(new ModuleSource("V1_001") { PerInstallation = "SELECT 1", PerInstance = "SELECT 1" });
        return installation;
    }

    [Nightly]
    [Fact]
    public async Task Is_in_a_log_file_of_its_own_a_JSON_object_a_line_and_the_newest_are_kept()
    {
        await using var installation = await InstallationAsync();
        installation.Settings["Log"] = new JsonObject { ["Keep"] = 2 };
        var logs = Path.Combine(installation.Root, "data", "upgrade-logs");
        List<string> written = [];
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(0, (await installation.RunAsync("run", "V1_001", "acme", "--again")).ExitCode);
            written.Add(Directory.GetFiles(logs).Except(written).Single());
        }
        Assert.Equal(written[2..], Directory.GetFiles(logs).Order());
        var text = await File.ReadAllLinesAsync(written[3], TestContext.Current.CancellationToken);
        var lines = text.Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Contains(lines, line => $"{line["Target"]}" == "acme" && $"{line["@m"]}".Contains("succeeded"));
        Assert.Contains(lines, line => $"{line["@m"]}".Contains("exit code 0"));
    }

    [Fact]
    public async Task Is_not_logged_where_it_was_refused()
    {
        await using var installation = await InstallationAsync();
        Assert.Equal(2, (await installation.RunAsync("upgrade", "nobody")).ExitCode);
        Assert.False(Directory.Exists(Path.Combine(installation.Root, "data")));
    }

    [Fact]
    public async Task Is_one_plain_line_an_event_where_there_is_no_terminal()
    {
        await using var installation = await InstallationAsync();
        var result = await installation.RunAsync();
        Assert.DoesNotContain('\u001b', result.All);
        Assert.Equal(3, result.Error.Split('\n').Count(line => line.Contains(": done in ")));
        Assert.StartsWith("Done: 3 steps on 3 targets", result.Output);
    }

    [Fact]
    public async Task Is_nothing_but_the_result_where_the_user_wants_quiet()
    {
        await using var installation = await InstallationAsync();
        var result = await installation.RunAsync("--quiet");
        Assert.Equal("", result.Error);
        Assert.StartsWith("Done: 3 steps", result.Output);
    }

    [Fact]
    public async Task Is_a_live_view_on_a_terminal()
    {
        await using var installation = await InstallationAsync();
        installation.WriteSettings();
        // script(1) gives the program a terminal of its own.
        var start = new ProcessStartInfo("script", ["-qec", $"'{BuiltFiles.Program}' --yes --root '{installation.Root}'", "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["TERM"] = "xterm-256color";
        using var terminal = Process.Start(start)!;
        terminal.StandardInput.Close();
        var drawn = await terminal.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await terminal.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, terminal.ExitCode);
        Assert.Contains('\u001b', drawn);
        Assert.Contains("%", drawn);
        Assert.Contains("/3 done", drawn);
        Assert.DoesNotContain(": done in ", drawn);
        Assert.Contains("Done: 3 steps on 3 targets", drawn);
    }
}
