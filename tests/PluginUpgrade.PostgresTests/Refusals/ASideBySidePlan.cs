using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static PluginUpgrade.Harness.SideBySideSource;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>What is said and refused before new data is built beside the live data.</summary>
public partial class ASideBySidePlan(TestServer server)
{
    private async Task<TestInstallation> InstallationAsync(ModuleSource module, params string[] versions)
    {
        string[] names = ["acme", "globex"];
        var installation = await TestInstallation.CreateAsync(server, names[..versions.Length]);
        installation.Drop(new ModuleSource("V1_007") { PerInstance = "CREATE TABLE story (id integer)" });
        foreach (var (name, version) in names.Zip(versions)) await installation.SucceedsAsync("baseline", version, name);
        installation.Drop(module);
        return installation;
    }

    private static async Task RefusesAsync(TestInstallation installation, string[] arguments, params string[] said)
    {
        var before = await installation.DigestAsync("acme");
        var result = await installation.RunAsync(arguments);
        Assert.True(result.ExitCode == 2, $"{result}");
        foreach (var text in said) Assert.Contains(text, result.Error);
        Assert.Equal(before, await installation.DigestAsync("acme"));
        Assert.Empty(await installation.QueryAsync("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_\\_%'"));
    }

    [Theory]
    [InlineData("upgrade --yes")]
    [InlineData("upgrade")]
    [InlineData("upgrade acme globex --yes --skip-installation")]
    [InlineData("plan")]
    [InlineData("check")]
    [InlineData("run V2_000 --yes")]
    public async Task T3_of_a_wrong_start_version_changes_nothing(string command)
    {
        await using var installation = await InstallationAsync(
            Of("V2_000", Attribute<RequiresExactlyAttribute>("1.7")), "1.007", "1.008");

        await RefusesAsync(installation, command.Split(' '),
            "KU-3239", "globex", "V2_000 cannot run: it requires exactly 1.7, but the version before it is 1.008.");
    }

    [Fact]
    public async Task T3_and_all_else_that_is_not_as_required_are_said_together()
    {
        await using var installation = await InstallationAsync(Of("V2_000", Attribute<RequiresExactlyAttribute>("1.7"),
            Attribute<RequiresQueryAttribute>("SELECT false", "No source is running.")), "1.008", "1.007");

        await RefusesAsync(installation, ["--yes", "--atomic", "instance"],
            "KU-3239", "acme", "KU-3233", "No source is running.", "KU-4021", "3 problems");
    }

    [Fact]
    public async Task Is_neither_one_transaction_nor_a_dry_run()
    {
        await using var installation = await InstallationAsync(Of("V2_000"), "1.007");

        await RefusesAsync(installation, ["--yes", "--atomic", "instance", "--dry-run"], "KU-4021", "KU-4022");
        await RefusesAsync(installation, ["plan", "--atomic", "instance"], "KU-4021");
        await RefusesAsync(installation, ["run", "V2_000", "acme", "--dry-run"], "KU-4022");
        await RefusesAsync(installation, ["run", "V2_000", "acme", "--again", "--yes"], "KU-4023");
    }

    [Theory]
    [InlineData("upgrade")]
    [InlineData("run V2_000 acme")]
    public async Task T2_without_a_terminal_needs_an_answer_in_advance(string command)
    {
        await using var installation = await InstallationAsync(Of("V2_000"), "1.007");

        await RefusesAsync(installation, command.Split(' '), "KU-1107", "swap of V2_000", "--yes");
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("yes", true)]
    [InlineData("yES", true)]
    [InlineData("", false)]
    [InlineData("YES!", false)]
    public async Task T2_on_a_terminal_takes_nothing_but_YES(string answer, bool isExplained)
    {
        await using var installation = await InstallationAsync(Of("V2_000"), "1.007");
        var before = await installation.DigestAsync("acme");
        using var terminal = TerminalProcess.Start(installation, "--no-save");
        await terminal.SaysAsync("Type YES");
        Assert.Contains("The live data of acme is exchanged for new data. The old data is kept as acme__before.",
            terminal.Shown.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal));

        await terminal.TypeAsync($"{answer}\r");

        Assert.Equal(2, await terminal.EndAsync());
        Assert.Equal(isExplained, terminal.Shown.Contains("Only YES, in capital letters", StringComparison.Ordinal));
        Assert.Contains("nothing was changed", terminal.Shown);
        Assert.Equal(before, await installation.DigestAsync("acme"));
    }

    [Fact]
    public async Task Shows_each_part_who_waits_and_what_is_carried()
    {
        await using var installation = await InstallationAsync(
            Of("V2_000", Attribute<CarriesAttribute>("big"), Attribute<CarriesAttribute>("attachment")).Draining(), "1.007");

        var (_, document) = await installation.RunJsonAsync("plan");
        var steps = document["stages"]![0]!["lanes"]![0]!["steps"]!.AsArray();
        Assert.Equal(
            ["DrainLive nobody", "BuildBeside writers", "VerifyBuild writers", "SwapSchemas everybody"],
            steps.Select(step => $"{step!["kind"]} {step["waits"]}"));
        Assert.All(steps, step => Assert.Equal("V2_000", $"{step!["module"]}"));
        Assert.Equal(["attachment", "big"], steps[3]!["carries"]!.AsArray().Select(table => $"{table}"));

        using var terminal = TerminalProcess.Start(installation, "plan", 80);
        Assert.Equal(0, await terminal.EndAsync());
        var shown = Escape().Replace(terminal.Shown, "");
        var words = string.Join(' ', shown.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var word in "drain: build: catalogue writers verify: swap: rollback attachment big unchanged 2.000".Split(' '))
            Assert.Contains(word, words);
        Assert.All(shown.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
    }

    [Fact]
    public async Task Is_told_of_by_the_list_of_modules()
    {
        await using var installation = await InstallationAsync(Of("V2_000", Attribute<CarriesAttribute>("big")), "1.007");

        var result = await installation.SucceedsAsync("modules");
        Assert.Contains("instances side by side", result.Output);
        Assert.Contains("(carries: big; writers wait during the build)", result.Output);
        var (_, document) = await installation.RunJsonAsync("modules");
        var module = document["modules"]!.AsArray().Single(module => $"{module!["name"]}" == "V2_000")!;
        Assert.True((bool)module["buildsBeside"]! && !(bool)module["catchesUp"]! && !(bool)module["drains"]!);
    }

    [Fact]
    public async Task Is_never_of_an_instance_with_a_name_that_is_kept_for_it()
    {
        await using var installation = await InstallationAsync(Of("V2_000"), "1.007");
        await installation.ExecuteAsync("CREATE TABLE account AS SELECT * FROM (VALUES ('old', 'acme__before')) AS a (name, schema)");
        installation.Settings["Discover"] = new JsonObject { ["Query"] = "SELECT name, schema FROM account" };

        await RefusesAsync(installation, ["--yes"], "KU-1014", "instance 'old'", "Leave such rows out of Discover:Query.");

        installation.Settings.Remove("Discover");
        installation.Settings["Instances"]!["old"] = new JsonObject { ["Schema"] = "acme__before" };
        installation.Settings["Instances"]!["other"] = new JsonObject { ["Database"] = "Database=other__next" };
        await RefusesAsync(installation, ["--yes"], "KU-1014", "Instances:old", "Instances:other", "2 problems");
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")]
    private static partial Regex Escape();
}
