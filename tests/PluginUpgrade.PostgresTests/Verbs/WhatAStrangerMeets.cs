using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>First days with the program: nothing is made by a command that is refused, and what is advised can be done.</summary>
public partial class WhatAStrangerMeets(TestServer server)
{
    [Theory]
    [InlineData("upgrade")]
    [InlineData("upgrade --to abc")]
    [InlineData("upgrade --dry-run")]
    [InlineData("restore")]
    [InlineData("baseline 1.001")]
    [InlineData("accept 1.001 --reason harmless")]
    [InlineData("reset installation")]
    [InlineData("save")]
    [InlineData("psql")]
    [InlineData("files")]
    public async Task A_command_that_is_refused_makes_no_server(string command)
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        installation.Settings["Installation"] = new JsonObject { ["Name"] = "test", ["Embedded"] = true };

        var result = await installation.RunAsync(command.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.False(Directory.Exists(Path.Combine(installation.Root, "data", "postgres")), $"{result}");
    }

    [Theory]
    [InlineData("upgrade", "KU-4011")]
    [InlineData("upgrade --to 1.0", "KU-4016")]
    [InlineData("upgrade --to 1.0 nobody", "KU-1208")]
    [InlineData("baseline 1.0 nobody", "KU-1208")]
    [InlineData("upgrade", "KU-2004", "KU-4011", "V1_003")]
    public async Task A_command_that_modules_or_names_refuse_makes_no_server(string command, params string[] codes)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Installation"] = new JsonObject { ["Name"] = "test", ["Embedded"] = true };
        installation.WriteSettings();
        if (codes is [.., "V1_003"])
            await File.WriteAllTextAsync(
                Path.Combine(installation.Root, "upgrade", "V1_003.dll"), "no assembly", TestContext.Current.CancellationToken);

        var result = await installation.RunAsync(command.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(codes.Where(code => code != "V1_003"), Refusal.Codes(result));
        Assert.False(Directory.Exists(Path.Combine(installation.Root, "data", "postgres")), $"{result}");
    }

    private static readonly string[] Commands =
    [
        "upgrade", "plan", "check", "run V1_001", "status", "history", "modules", "save", "restore", "baseline 1.001",
        "accept 1.001 --reason harmless", "reset lost", "psql lost", "upgrade --skip-unreachable --dry-run", "history lost",
        "status --list", "files",
    ];

    /// <summary>What meets every verb alike, by its settings below <c>Instances</c>.</summary>
    private static readonly Dictionary<string, string> Fleets = new()
    {
        ["no server"] = """{ "lost": { "Database": "Host=127.0.0.1;Port=1" } }""",
        ["no database"] = """{ "lost": { "Database": "Database=no_such_database_of_a_stranger" } }""",
        ["no schema"] = """{ "lost": { "Schema": "nowhere" } }""",
        ["another name"] = """{ "last": { "Schema": "nowhere" } }""",
        ["inactive"] = """{ "lost": { "Schema": "nowhere", "Active": false } }""",
        ["no instances"] = "{}",
    };

    public static TheoryData<string, string> FleetsAndCommands
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var fleet in Fleets.Keys)
                foreach (var command in Commands)
                    rows.Add($"{fleet}: {command}", fleet);
            return rows.AtNightBut([.. Commands.Select(command => $"no server: {command}"), "no instances: history", "no instances: save"]);
        }
    }

    [Theory]
    [MemberData(nameof(FleetsAndCommands))]
    public async Task No_option_is_advised_that_the_verb_has_not_or_was_given(string situation, string fleet)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        installation.Settings["Instances"] = JsonNode.Parse(Fleets[fleet]);
        installation.Drop(Sample.Counting("V1_001"));
        var words = situation.Split(": ")[1].Split(' ');
        var help = (await installation.SucceedsAsync(words[0], "--help")).Output;

        var result = await installation.RunAsync(words);

        var advice = result.Error.Split('\n').Where(line => line.StartsWith("  -> ", StringComparison.Ordinal)).ToList();
        Assert.All(advice.SelectMany(line => OwnOption().Matches(line)), option =>
        {
            Assert.Contains($" {option.Value} ", help);
            Assert.DoesNotContain(option.Value, words);
        });
    }

    [Fact]
    public async Task Modules_tells_no_failure_where_there_is_nobody_yet()
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        installation.Settings["Instances"] = new JsonObject();
        installation.Drop(Sample.Counting("V1_001"));

        var result = await installation.SucceedsAsync("modules");

        Assert.Contains("V1_001", result.Output);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("KU-3002", "nowhere")]
    [InlineData("KU-3001", "lost")]
    [InlineData("KU-3001", "lost", "--command", "SELECT 1")]
    public async Task Psql_of_what_is_not_there_is_refused_by_name(string code, params string[] words)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Instances"]!["nowhere"] = new JsonObject { ["Schema"] = "nowhere" };
        installation.Settings["Instances"]!["lost"] = new JsonObject { ["Database"] = "Database=no_such_database_of_a_stranger" };

        await installation.RefusesAsync([code], ["psql", .. words]);
    }

    [Fact]
    public async Task What_is_wrong_with_a_whole_fleet_is_told_once()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex", "initech");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync();

        var result = await installation.RunAsync("baseline", "1.001");

        Assert.Equal(["KU-4014"], Refusal.Codes(result));
        Assert.Contains("installation, acme, globex, initech: ", result.Error);
        Assert.Contains("refused: 1 problem;", result.Error);
    }

    [Fact]
    public async Task Where_nothing_is_to_be_done_each_verb_says_what_is_so()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync("baseline", "1.001");

        Assert.Contains("2 targets are at 1.001 already", (await installation.SucceedsAsync("baseline", "1.001")).Output);
        installation.Drop(Sample.Counting("V1_002"));
        await installation.SucceedsAsync();
        Assert.Contains("2 targets are up to date", (await installation.SucceedsAsync()).Output);
        Assert.Contains("no journal of 2 targets has a different file of V1_002",
            (await installation.SucceedsAsync("accept", "1.002", "--reason", "harmless")).Output);
    }

    [Fact]
    public async Task What_was_a_warning_before_a_question_is_not_told_again_where_the_answer_is_no()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        new PayloadSource("1.002", ("bin/krang", "new program")).WriteTo(Path.Combine(installation.Root, "payload"));

        var result = await installation.RunAsync("files");

        Assert.Equal(["KU-7134"], Refusal.Codes(result));
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(result.Error, "New programs would use old databases"));
        Assert.Contains("Not confirmed; see the warning above.", result.Error);
    }

    [Fact]
    public async Task A_torn_step_is_not_said_to_be_rolled_back_nor_to_go_on_by_itself()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "COMMIT" });

        var result = await installation.RunAsync("upgrade", "acme", "--skip-installation");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["KU-5004"], Refusal.Codes(result));
        Assert.Contains("reset acme", result.Error);
        Assert.DoesNotContain("rolled back", result.Error);
        Assert.DoesNotContain("same command", result.Error);
    }

    [Fact]
    public async Task A_changed_module_is_shown_as_such_and_accepting_it_sends_no_SQL_of_a_module()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync();
        installation.Drop(Sample.Counting("V1_001") with { Version = "1.001", Description = "another file" });

        var shown = (await installation.SucceedsAsync("modules")).Output;
        var accepted = await installation.SucceedsAsync("accept", "1.001", "--reason", "harmless", "--dry-run");

        Assert.Contains("2 done (the file has changed since)", shown);
        Assert.DoesNotContain("SELECT", accepted.Output);
    }

    [Fact]
    public async Task Instances_with_the_same_steps_are_one_line_of_the_plan_however_they_failed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstance = "DO $$ BEGIN RAISE 'here it is %', current_schema(); END $$",
        });
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);

        var lines = (await installation.SucceedsAsync("plan")).Output.Split('\n');

        Assert.Contains(lines, line => line.Contains("acme, globex", StringComparison.Ordinal));
    }

    /// <summary>Commands in messages have options of their own.</summary>
    [GeneratedRegex(@"(?<!krang-upgrade [^.;]*)--[a-z-]+")]
    private static partial Regex OwnOption();
}
