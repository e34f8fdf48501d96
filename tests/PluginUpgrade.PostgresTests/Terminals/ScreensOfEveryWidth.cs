using System.Text.RegularExpressions;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>What every listing shows on a real terminal, narrow and wide: no meaning is cut, and nothing runs over the edge.</summary>
public partial class ScreensOfEveryWidth(TestServer server)
{
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(140)]
    public async Task G1a_show_all_that_matters(int columns)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex-of-the-northern-hemisphere");
        installation.Drop(
            Sample.Counting("V1_001"),
            new ModuleSource("V1_002")
            {
                Version = "1.002",
                Description = "Stories know their foo, and every author the stories that mention it",
                PerInstance = "DO $$ BEGIN IF current_schema() <> 'acme' THEN RAISE 'the reason is told here'; END IF; END $$",
            });
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);
        await installation.SucceedsAsync("save");

        await ShowsAsync("status", "failed-upgrade", "the reason is told here", "1.002");
        await ShowsAsync("history", "failed", "the reason is told here", "1.001", "globex-of-the-northern-hemisphere");
        await ShowsAsync("modules", "V1_002", "every author the stories that mention it");
        await ShowsAsync("plan", "1.002", "every author the stories that mention it", "globex-of-the-northern-hemisphere");
        await ShowsAsync("saves", "complete", "1.001");
        await ShowsAsync("save --dry-run", "globex-of-the-northern-hemisphere", "would be saved");
        await ShowsAsync("restore --dry-run", "globex-of-the-northern-hemisphere", "would be restored");

        async Task ShowsAsync(string verb, params string[] meanings)
        {
            using var terminal = TerminalProcess.Start(installation, verb, columns);
            Assert.Equal(0, await terminal.EndAsync());
            var lines = Escape().Replace(terminal.Shown, "").Split('\n').Select(line => line.TrimEnd()).ToList();
            // Sentences wrap where the terminal does; cells are ours.
            var table = lines.SkipWhile(line => !Heading().IsMatch(line)).TakeWhile(line => !Sentence().IsMatch(line)).ToList();
            Assert.All(table, line => Assert.InRange(line.Length, 0, columns));
            Assert.DoesNotContain('…', terminal.Shown);
            var words = Blank().Replace(string.Join(' ', lines), " ");
            foreach (var word in meanings.SelectMany(meaning => meaning.Split(' '))) Assert.Contains(word, words);
        }
    }

    /// <summary>A notice that is longer than a line comes while progress is drawn, which is longer than the notice's last line.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    public async Task G1b_show_nothing_else_on_the_lines_of_a_notice(int columns)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex-of-the-northern-hemisphere");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "SELECT pg_advisory_xact_lock_shared(4711)" });
        await using var holder = await installation.OpenAsync();
        await using (var hold = holder.CreateCommand())
        {
            hold.CommandText = "SELECT pg_advisory_lock(4711)";
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        using var terminal = TerminalProcess.Start(installation, "--yes", columns);
        await terminal.SaysAsync("2 running");

        await terminal.InterruptAsync();
        await terminal.SaysAsync("You can continue later.");
        await holder.CloseAsync();

        Assert.Equal(130, await terminal.EndAsync());
        var lines = (await TerminalScreen.ShownAsync(terminal.Shown, columns)).Split('\n').ToList();
        var notice = "Stopping: no new step begins, running steps finish. Press again to cancel them. You can continue later.";
        var first = lines.FindIndex(line => line.Contains("Stopping:", StringComparison.Ordinal));
        var count = (notice.Length + columns - 1) / columns;
        Assert.Equal(notice.Replace(" ", ""), string.Concat(lines.Skip(first).Take(count)).Replace("^C", "").Replace(" ", ""));
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")]
    private static partial Regex Escape();

    /// <summary>The first line of a table, or of a list of cells.</summary>
    [GeneratedRegex(@"^(TARGET|WHEN|VERSION|STAGE|SAVE|DATABASE)\b")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\w\.$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
