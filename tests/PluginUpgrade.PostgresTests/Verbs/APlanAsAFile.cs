using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>What was reviewed is what runs: <c>plan --out FILE</c>, <c>upgrade --plan FILE</c>.</summary>
public class APlanAsAFile(TestServer server)
{
    [Fact]
    public async Task Is_run_as_it_was_reviewed_and_once()
    {
        await using var installation = await ReviewedAsync();

        var result = await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation));

        Assert.Contains("Done: 6 steps on 3 targets", result.Output);
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
        var again = await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation));
        Assert.Contains("Nothing to do", again.Output);
    }

    [Fact]
    public async Task Says_what_was_asked_for_which_modules_it_runs_and_where_each_target_is()
    {
        await using var installation = await ReviewedAsync("acme", "--to", "1.002", "--skip-installation", "--order", "installation-first");

        var plan = JsonNode.Parse(await File.ReadAllTextAsync(PathIn(installation), TestContext.Current.CancellationToken))!;

        Assert.Equal("krang-upgrade plan, format 1", (string?)plan["format"]);
        Assert.Equal("1.002", (string?)plan["request"]!["to"]);
        Assert.Equal(["acme"], plan["request"]!["instances"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(["V1_001", "V1_002"], plan["modules"]!.AsArray().Select(module => (string?)module!["name"]));
        Assert.All(plan["modules"]!.AsArray(), module => Assert.Matches("^[0-9a-f]{64}$", (string?)module!["sha256"]));
        Assert.Equal("acme", (string?)Assert.Single(plan["targets"]!.AsArray())!["schema"]);
        Assert.Equal(["1.001", "1.002"],
            plan["stages"]![0]!["lanes"]![0]!["steps"]!.AsArray().Select(step => (string?)step!["version"]));
        await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation));
        Assert.Empty(await installation.CallsAsync("public"));
    }

    [Fact]
    public async Task Does_not_replace_a_device()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        File.CreateSymbolicLink(PathIn(installation), "/dev/null");

        await installation.SucceedsAsync("plan", "--out", PathIn(installation));

        Assert.Equal("/dev/null", new FileInfo(PathIn(installation)).LinkTarget);
    }

    [Fact]
    public async Task Goes_on_with_what_is_left_of_it_after_a_failure()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(
            Sample.Counting("V1_001"),
            Sample.ForInstances("V1_002") with
            {
                PerInstance = "SELECT 1 / count(*) FROM pg_namespace WHERE nspname = 'mended' OR current_schema() = 'globex'",
            });
        await installation.SucceedsAsync("plan", "--out", PathIn(installation));
        Assert.Equal(1, (await installation.RunAsync("upgrade", "--plan", PathIn(installation))).ExitCode);

        await installation.ExecuteAsync("CREATE SCHEMA mended");
        var result = await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation));

        Assert.Contains("Done: 2 steps on 2 targets", result.Output);
    }

    [Theory]
    [InlineData("a module changed", "V1_002: Its file has changed since the plan was made")]
    [InlineData("a module came", "now it would be 1.001, 1.002, 1.003")]
    [InlineData("a module went", "now it would be 1.001")]
    [InlineData("an instance came", "instance zeta: It is not in the plan, but would be upgraded now: 1.001, 1.002")]
    [InlineData("an instance went", "instance globex: It is in the plan, but no longer exists")]
    [InlineData("an instance moved", "instance globex: It was in schema globex")]
    [InlineData("another baseline", "instance acme: No longer pending, but not done according to its journal: 1.001, 1.002")]
    [InlineData("waves", "stages: The order of the steps has changed")]
    [InlineData("another program", "krang-upgrade: The plan was made by version 0.0.1")]
    public async Task Is_refused_where_something_has_moved_since(string what, string told)
    {
        await using var installation = await ReviewedAsync();
        var instances = installation.Settings["Instances"]!.AsObject();
        switch (what)
        {
            case "a module changed": installation.Drop(Sample.Counting("V1_002") with { PerInstance = "SELECT 1" }); break;
            case "a module came": installation.Drop(Sample.Counting("V1_003")); break;
            case "a module went":
                File.Delete(Directory.EnumerateFiles(
                Path.Combine(installation.Root, "upgrade"), "V1_002.dll", SearchOption.AllDirectories).Single()); break;
            case "an instance came":
                instances["zeta"] = new JsonObject { ["Schema"] = "zeta" };
                await installation.ExecuteAsync("CREATE SCHEMA zeta");
                break;
            case "an instance went": instances.Remove("globex"); break;
            case "an instance moved":
                instances["globex"]!["Schema"] = "elsewhere";
                await installation.ExecuteAsync("CREATE SCHEMA elsewhere");
                break;
            case "another baseline": await installation.SucceedsAsync("baseline", "1.002", "acme", "--yes"); break;
            case "waves": installation.Settings["Run"] = new JsonObject { ["Waves"] = new JsonArray("1", "all") }; break;
            case "another program":
                var text = await File.ReadAllTextAsync(PathIn(installation), TestContext.Current.CancellationToken);
                var plan = JsonNode.Parse(text)!;
                plan["program"] = "0.0.1";
                await File.WriteAllTextAsync(PathIn(installation), plan.ToJsonString(), TestContext.Current.CancellationToken);
                break;
        }

        var result = await installation.RunAsync("upgrade", "--plan", PathIn(installation));

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.True(result.Error.Contains("KU-4041") && result.Error.Contains(told), $"{result}");
        var command = $"krang-upgrade plan --out {PathIn(installation)} --root {installation.Root}";
        Assert.Contains($"run the same command: {command}\n", result.Error);
        Assert.Empty(await installation.CallsAsync("public"));
        Refusal.IsForPeople(result);
    }

    /// <summary>The command that is named plans what was asked for then, into the same file.</summary>
    [Fact]
    public async Task G1d_names_the_command_that_makes_it_anew()
    {
        await using var installation = await ReviewedAsync("a*", "--to", "1.002", "--skip-installation", "--no-save");
        installation.Drop(Sample.Counting("V1_002") with { PerInstance = "SELECT 1" });

        var result = await installation.RunAsync("upgrade", "--plan", PathIn(installation));

        var command = Regex.Match(result.Error, "(?m)^  -> .*: (krang-upgrade .*)$").Groups[1].Value;
        Assert.Contains("'a*' --to 1.002 --skip-installation --no-save", command);
        var planned = await CommandLines.RunAsync(command);
        Assert.True(planned.ExitCode == 0, $"{command}\n{planned}");
        Assert.Contains("Done: 2 steps on 1 target", (await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation))).Output);
    }

    [Theory]
    [InlineData("", "KU-4040")]
    [InlineData("{}", "KU-4040")]
    [InlineData("[1, 2", "KU-4040")]
    [InlineData("null", "KU-4040")]
    [InlineData(null, "KU-4040")]
    public async Task Is_refused_where_it_is_no_plan(string? content, string code)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        if (content is not null) await File.WriteAllTextAsync(PathIn(installation), content, TestContext.Current.CancellationToken);

        await installation.RefusesAsync([code], "upgrade", "--plan", PathIn(installation));
    }

    [Fact]
    public async Task Says_all_itself()
    {
        await using var installation = await ReviewedAsync();

        foreach (var more in (string[][])[["acme"], ["--to", "1.001"], ["--no-save"], ["--label", "a=b"], ["--skip-unreachable"]])
            await installation.RefusesAsync(["KU-1122"], ["upgrade", "--plan", PathIn(installation), .. more]);
        await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation), "--parallel", "1", "--json");
    }

    [Fact]
    public async Task Is_refused_where_others_could_have_written_it()
    {
        await using var installation = await ReviewedAsync();
        File.SetUnixFileMode(PathIn(installation), (UnixFileMode)0b110_110_110);

        await installation.RefusesAsync(["KU-1030"], "upgrade", "--plan", PathIn(installation));

        var result = await installation.SucceedsAsync("upgrade", "--plan", PathIn(installation), "--allow-insecure-modules");
        Assert.Contains("warning KU-1030", result.Error);
    }

    [Fact]
    public async Task Is_not_written_where_the_upgrade_would_be_refused()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));

        await installation.RefusesAsync(["KU-4016"], "plan", "--to", "9", "--out", PathIn(installation));
        await installation.RefusesAsync(["KU-4042"], "plan", "--out", "no/such/directory/plan.json");

        Assert.False(File.Exists(PathIn(installation)));
    }

    private static string PathIn(TestInstallation installation) => Path.Combine(installation.Root, "plan.json");

    private async Task<TestInstallation> ReviewedAsync(params string[] more)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync(["plan", .. more, "--out", PathIn(installation)]);
        return installation;
    }
}
