using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>
/// Characters that act on a terminal, in every field that somebody else may fill: names, labels, descriptions, errors, notes of the
/// journal, output of hooks, paths. No verb and no report writes them as they are.
/// </summary>
public class HostileTexts(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Clears the screen, sets the title (two ways), turns the direction, hides, begins a line of its own.</summary>
    private const string Hostile =
        "x\u001b[2J\u009b2J\u001b]0;owned\a\u202e\u2066\u200b\u2028\u0085\r\b\u007f[red]markup[/]\nDone: 99 steps on 99 targets";

    private static readonly string InSql =
        $"U&'{string.Concat(Hostile.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\{(int)c:x4}")))}'";

    private static readonly string[] Verbs =
    [
        "status", "status --list", "status acme", "plan", "plan --to 1.003", "history", "modules", "check", "--to 1.003", "upgrade acme",
        "run V1_003 acme", "run V1_003 --dry-run", "--dry-run", "--to 1.001", "saves", "save --dry-run", "restore --dry-run",
        "baseline 1.001 --dry-run", "reset acme --dry-run", "upgrade nobody", "--label \u001b[2J=x", "run \u001b[2J", "--to \u001b[2J",
        "--\u001b[2J", "status --exclude \u202ex",
    ];

    /// <summary>Of those, what shows a field in each place once: lists, errors, what was typed.</summary>
    private static readonly string[] TellingVerbs =
        ["status --list", "plan", "history", "modules", "--to 1.003", "upgrade nobody", "--to \u001b[2J"];

    /// <summary>What a terminal would obey, or a reader could not see: asked of Unicode, and not of the program.</summary>
    private static void AssertHarmless(string text, string what)
    {
        foreach (var c in text)
        {
            var isHarmful = c != '\n' && char.GetUnicodeCategory(c)
                is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            Assert.False(isHarmful, $"{what}: U+{(int)c:X4} in\n{Printable.Raw(text)}");
        }
        Assert.DoesNotContain("\nDone: 99", $"\n{text}", StringComparison.Ordinal);
    }

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(
            new ModuleSource("V1_001") { Version = "1.001", Description = Hostile, PerInstallation = "", PerInstance = "" },
            new ModuleSource("V1_002") { Version = "1.002", Description = Hostile, PerInstance = "SELECT 1" },
            new ModuleSource("V1_003")
            {
                Version = "1.003",
                Description = Hostile,
                PerInstance = $"DO $hostile$ BEGIN RAISE EXCEPTION USING MESSAGE = {InSql}, HINT = {InSql}; END $hostile$",
            });
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");
        installation.Settings["Instances"]!["acme"]!["Labels"] = new JsonObject { ["ring"] = Hostile };
        installation.Settings["Hooks"] = new JsonObject
        {
            ["OnFailure"] = "printf 'x\\033[2J\\302\\2332J\\342\\200\\256\\nDone: 99 steps on 99 targets\\n' >&2; exit 1 # \u202e\u001b[2J",
        };
        await installation.SucceedsAsync("--to", "1.001");
        // Who may write to the journal may write anything there.
        await installation.ExecuteAsync($"""
            UPDATE acme.krang_upgrade_journal SET module = {InSql}, note = {InSql}, host = {InSql};
            INSERT INTO acme.krang_upgrade_journal (scope, component, version, module, state, started_at, error)
            SELECT scope, component, '1.002', {InSql}, 'failed', started_at, {InSql} FROM acme.krang_upgrade_journal WHERE version = '1.001'
            """);
        return installation;
    }

    [Fact]
    public async Task E2b_act_on_no_terminal_whatever_verb_shows_them()
    {
        await using var installation = await CreateAsync();
        foreach (var verb in Tier.IsNightly ? Verbs : TellingVerbs)
            foreach (var option in Tier.IsNightly ? (string[])["", "--json", "--verbose"] : ["--verbose"])
            {
                var result = await installation.RunAsync([.. $"{verb} {option}".Trim().Split(' ')]);
                AssertHarmless(result.All, $"{verb} {option}");
                Assert.DoesNotContain("KU-9001", result.All);
                if (option == "--json" && result.Output.Length > 0) Assert.NotNull(JsonNode.Parse(result.Output));
            }
        foreach (var log in Directory.GetFiles(Path.Combine(installation.Root, "data", "upgrade-logs")))
            AssertHarmless(await File.ReadAllTextAsync(log, Token), log);
    }

    [Fact]
    public async Task E2b_act_on_no_terminal_where_a_live_view_draws()
    {
        await using var installation = await CreateAsync();
        using var terminal = TerminalProcess.Start(installation, "--to 1.003");
        await terminal.SaysAsync("y/N");
        await terminal.TypeAsync("y\r");
        Assert.Equal(1, await terminal.EndAsync());
        foreach (var harmful in (string[])["\u001b]0;", "\u009b", "\u202e", "\u2066", "\u200b", "\u2028", "\u0085", "\nDone: 99"])
            Assert.DoesNotContain(harmful, terminal.Shown, StringComparison.Ordinal);
        Assert.Contains("[red]markup[/]", terminal.Shown);
    }

    [Theory]
    [NightlyData("name")]
    [InlineData("label")]
    [NightlyData("schema")]
    [NightlyData("database")]
    public async Task E2b_act_on_no_terminal_where_instances_are_discovered(string column)
    {
        await using var installation = await CreateAsync();
        var values = new Dictionary<string, string>
        {
            ["name"] = "'fine'",
            ["schema"] = "'acme'",
            ["labels"] = "'{}'",
            ["database"] = "NULL",
        };
        values[column == "label" ? "labels" : column] = column == "label" ? $"json_build_object('ring', {InSql})" : InSql;
        var query = $"SELECT {string.Join(", ", values.Select(value => $"{value.Value} AS {value.Key}"))}";
        installation.Settings["Instances"] = new JsonObject();
        installation.Settings["Discover"] = new JsonObject { ["Query"] = query };
        foreach (var verb in (string[])["status", "plan", "check", "upgrade", "status --json"])
            AssertHarmless((await installation.RunAsync(verb.Split(' '))).All, verb);
    }

    [Fact]
    public async Task E2b_act_on_no_terminal_where_they_are_in_paths_and_settings()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        using var hostile = new TempDirectory("x\u001b[2J\u202e\u009b2Jy");
        installation.Settings[Hostile] = Hostile;
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = Hostile, ["SearchPath"] = new JsonArray(Hostile) };
        installation.Settings["Instances"]![Hostile] = new JsonObject { ["Schema"] = Hostile };
        await LookAsync(["status"], ["status", "--json"], ["modules", "--modules", hostile.Root]);
        await LookAsync(["status", "--config", $"{hostile.Root}/no"]);
        installation.Settings["Run"] = new JsonObject();
        installation.Settings.Remove(Hostile);
        installation.Settings["Instances"]!.AsObject().Remove(Hostile);
        installation.Settings["Save"] = new JsonObject { ["Directory"] = hostile.Root };
        File.WriteAllText(Path.Combine(hostile.Root, "V1_001.dll"), "no assembly");
        await LookAsync(["saves"], ["save", "--dry-run"], ["modules", "--modules", hostile.Root], ["run", $"{hostile.Root}/V1_001.dll"]);

        async Task LookAsync(params string[][] calls)
        {
            foreach (var arguments in calls)
                AssertHarmless((await installation.RunAsync(arguments)).All, string.Join(' ', arguments));
        }
    }
}
