using System.Diagnostics;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>Full, closed, without a reader, hung up: reports never decide how a run ends.</summary>
public class StreamsThatCannotBeWritten(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What a shell makes of the program's standard streams.</summary>
    public static TheoryData<string> Streams => new TheoryData<string>(
        "2>/dev/full", "2>&-", ">/dev/full", ">&-", ">/dev/full 2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-", "<&-",
        "2>/dev/null >/dev/null", "| true", "2>&1 >/dev/null | true", "2>&1 | true")
        .AtNightBut(">/dev/full 2>/dev/full", "<&- >&- 2>&-", "2>&1 | true");

    private static string[] Options => Tier.IsNightly ? ["", "--verbose", "--json"] : ["", "--json"];

    private static async Task<(int ExitCode, string All)> ShellAsync(TestInstallation installation, string arguments, string streams)
    {
        installation.WriteSettings();
        var place = Path.Combine(installation.Root, "code");
        var call = $"({BuiltFiles.Program} --root '{installation.Root}' {arguments}; echo $? > '{place}')";
        // The exit code is the program's, and not that of what reads from it.
        var script = streams.Contains('|')
            ? $"{call} {streams}; while test ! -s '{place}'; do sleep 0.05; done"
            : $"{BuiltFiles.Program} --root '{installation.Root}' {arguments} {streams}; echo $? > '{place}'";
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        shell.StandardInput.Close();
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(Token), shell.StandardError.ReadToEndAsync(Token));
        await shell.WaitForExitAsync(Token);
        var code = int.Parse(await File.ReadAllTextAsync(place, Token), System.Globalization.CultureInfo.InvariantCulture);
        File.Delete(place);
        return (code, await output + await error);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task E5p_end_no_upgrade(string streams)
    {
        foreach (var options in Options)
        {
            await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
            installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
            var (exitCode, all) = await ShellAsync(installation, options, streams);
            Assert.True(exitCode == 0, $"{options}: {exitCode}\n{all}");
            foreach (var schema in (string[])["public", "acme", "globex"])
                Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync(schema));
        }
    }

    /// <summary>One that fails, too, ends as it would.</summary>
    [Theory]
    [MemberData(nameof(Streams))]
    public async Task E5p_do_not_change_how_a_failure_ends(string streams)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "SELECT 1/0" });
        foreach (var options in Options)
        {
            var (exitCode, all) = await ShellAsync(installation, options, streams);
            Assert.True(exitCode == 1, $"{options}: {exitCode}\n{all}");
        }
        Assert.Equal(2, (await ShellAsync(installation, "--nonsense", streams)).ExitCode);
        Assert.Equal(2, (await ShellAsync(installation, "upgrade nobody", streams)).ExitCode);
    }

    /// <summary>What only reads has nothing but its result: where that is lost it has failed.</summary>
    [Theory]
    [NightlyData("status")]
    [InlineData("status --json")]
    [NightlyData("plan")]
    [NightlyData("history --json")]
    [NightlyData("modules")]
    [NightlyData("check")]
    [NightlyData("saves")]
    [InlineData("--help")]
    public async Task E5p_are_told_by_the_exit_code_of_what_only_reads(string verb)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        foreach (var streams in (string[])[">/dev/full", ">&-"])
        {
            var (exitCode, all) = await ShellAsync(installation, verb, streams);
            Assert.True(exitCode == 2, $"{streams}: {exitCode}\n{all}");
            if (!verb.StartsWith('-')) Assert.Contains("KU-1120", all);
        }
        var (alone, said) = await ShellAsync(installation, verb, "2>/dev/full");
        Assert.True(alone == 0, said);
        Assert.NotEmpty(said);
    }

    [Fact]
    public async Task E5p_lose_no_empty_argument()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var (exitCode, all) = await ShellAsync(installation, "accept 1.001 --reason ''", ">&-");
        Assert.True(exitCode == 2, all);
        Assert.Contains("KU-1130", all);
    }

    [Theory]
    [InlineData("")]
    [NightlyData("--verbose")]
    public async Task E5p_a_terminal_that_hangs_up_ends_no_upgrade(string options)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Gated("V1_002"), Sample.Counting("V1_003"));
        await Gate.CloseAsync(installation);
        using var terminal = TerminalProcess.Start(installation, $"--yes {options}");
        while (await Gate.WaitingAsync(installation) is []) await Task.Delay(50, Token);

        terminal.HangUp();
        await Gate.OpenAsync(installation);

        Assert.Equal(0, await terminal.EndAsync());
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }
}
