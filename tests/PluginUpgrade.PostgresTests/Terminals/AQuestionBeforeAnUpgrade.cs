namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>Before it begins an upgrade shows its plan and asks once; what cannot be brought back needs the typed YES.</summary>
public class AQuestionBeforeAnUpgrade(TestServer server)
{
    [Theory]
    [InlineData("y", true)]
    [InlineData("Yes", true)]
    [InlineData("n", false)]
    [InlineData("", false)]
    [InlineData("sure", false)]
    public async Task G1h_on_a_terminal_yes_begins_it_and_all_else_leaves_everything_as_it_was(string answer, bool begins)
    {
        await using var installation = await InstallationAsync(Sample.ForInstances("V1_001"));
        using var terminal = TerminalProcess.Start(installation, "");
        await terminal.SaysAsync("y/N");
        Assert.Contains("2 steps on 2 targets", terminal.Shown);
        Assert.Contains("V1_001 on acme", terminal.Shown);

        await terminal.TypeAsync($"{answer}\r");

        Assert.Equal(begins ? 0 : 2, await terminal.EndAsync());
        Assert.Equal(begins ? ["V1_001"] : [], await installation.CallsAsync("acme"));
        if (!begins) Assert.Contains("nothing was changed", terminal.Shown);
    }

    [Theory]
    [InlineData("y", false)]
    [InlineData("yes", false)]
    [InlineData("YES", true)]
    public async Task G1h_an_irreversible_step_begins_with_YES_alone(string answer, bool begins)
    {
        await using var installation = await InstallationAsync(Irreversible("V1_001"));
        using var terminal = TerminalProcess.Start(installation, "--no-save");
        await terminal.SaysAsync("Type YES");

        await terminal.TypeAsync($"{answer}\r");

        Assert.Equal(begins ? 0 : 2, await terminal.EndAsync());
        Assert.Equal(begins ? ["V1_001"] : [], await installation.CallsAsync("acme"));
    }

    [Theory]
    [InlineData("--dry-run", false)]
    [InlineData("--yes", true)]
    [InlineData("--Run:Ask=never", true)]
    public async Task G1h_nothing_is_asked_where_the_answer_is_known(string option, bool runs)
    {
        await using var installation = await InstallationAsync(Irreversible("V1_001"));
        using (var first = TerminalProcess.Start(installation, $"--no-save {option}"))
        {
            Assert.Equal(0, await first.EndAsync());
            Assert.DoesNotContain("YES", first.Shown);
        }
        Assert.Equal(runs ? ["V1_001"] : [], await installation.CallsAsync("acme"));
        if (!runs) return;
        using var again = TerminalProcess.Start(installation, "");
        Assert.Equal(0, await again.EndAsync());
        Assert.Contains("Nothing to do", again.Shown);
    }

    [Theory]
    [InlineData("irreversible", false, 0)]
    [InlineData("irreversible", true, 2)]
    [InlineData("always", false, 2)]
    [InlineData("never", true, 0)]
    public async Task G1h_without_a_terminal_nothing_is_asked_and_what_needs_an_answer_is_refused(
        string rule, bool irreversible, int exitCode)
    {
        await using var installation = await InstallationAsync(irreversible ? Irreversible("V1_001") : Sample.ForInstances("V1_001"));
        installation.Settings["Run"]!["Ask"] = rule;

        var result = await installation.RunAsync("--no-save");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(exitCode == 0 ? ["V1_001"] : [], await installation.CallsAsync("acme"));
        if (exitCode == 0) return;
        Assert.Contains("KU-1107", result.Error);
        Assert.Contains("--yes", result.Error);
        await installation.SucceedsAsync("--no-save", "--yes");
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Theory]
    [InlineData("\u0003", 130)]
    [InlineData("\u0004", 2)]
    public async Task G1h_who_stops_it_or_has_nothing_to_say_changes_nothing(string key, int exitCode)
    {
        await using var installation = await InstallationAsync(Sample.ForInstances("V1_001"));
        using var terminal = TerminalProcess.Start(installation, "");
        await terminal.SaysAsync("y/N");

        await terminal.TypeAsync(key);

        Assert.Equal(exitCode, await terminal.EndAsync());
        Assert.Empty(await installation.CallsAsync("acme"));
        Assert.DoesNotContain("running steps", terminal.Shown);
        Assert.Matches(@"(?m)^(stopped: nothing was changed|refused: 1 problem; nothing was changed)", terminal.Shown);
    }

    [Fact]
    public async Task G1h_a_module_by_hand_is_asked_for_where_it_is_irreversible()
    {
        await using var installation = await InstallationAsync(Irreversible("V1_001"), Sample.ForInstances("V1_002"));

        Assert.Equal(2, (await installation.RunAsync("run", "V1_001", "acme", "--no-save")).ExitCode);
        await installation.SucceedsAsync("run", "V1_001", "acme", "--no-save", "--yes");
        await installation.SucceedsAsync("run", "V1_002", "acme", "--no-save");

        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    private static ModuleSource Irreversible(string name) =>
        Sample.ForInstances(name) with { Version = name[1..].Replace('_', '.'), Irreversible = true };

    private async Task<TestInstallation> InstallationAsync(params ModuleSource[] modules)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject();
        installation.Drop(modules);
        return installation;
    }
}
