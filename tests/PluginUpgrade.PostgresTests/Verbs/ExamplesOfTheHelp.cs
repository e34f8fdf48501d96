using System.Text.RegularExpressions;
using PluginUpgrade.PostgresTests.Declared;
using PluginUpgrade.PostgresTests.Swaps;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>
/// G1f: each example that a verb's help prints is run as it is printed, by a shell, in the root of an installation with the instances and
/// versions that it names. Only two paths are others: /srv/krang and /etc/bash_completion.d are not a test's to write.
/// </summary>
public partial class ExamplesOfTheHelp(TestServer server)
{
    private const string OtherRoot = "/srv/krang", Completions = "/etc/bash_completion.d";

    /// <summary>With these the help of the program itself, which is named by no verb.</summary>
    private const string NoVerb = "";

    [Theory]
    [InlineData(NoVerb)]
    [NightlyData("upgrade")]
    [NightlyData("plan")]
    [NightlyData("check")]
    [InlineData("schema")]
    [InlineData("run")]
    [InlineData("files")]
    [NightlyData("status")]
    [NightlyData("history")]
    [NightlyData("modules")]
    [InlineData("baseline")]
    [InlineData("accept")]
    [NightlyData("new")]
    [NightlyData("save")]
    [NightlyData("saves")]
    [NightlyData("restore")]
    [InlineData("rollback")]
    [InlineData("purge")]
    [NightlyData("reset")]
    [NightlyData("psql")]
    [NightlyData("init")]
    [InlineData("completion")]
    public async Task G1f_do_what_they_say(string verb)
    {
        var examples = await ExamplesAsync(verb);
        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            using var elsewhere = new TempDirectory();
            await using var installation = await PreparedAsync(verb, example);
            installation.WriteSettings();
            if (verb == "init") File.Delete(Path.Combine(installation.Root, "krang-upgrade.json"));
            var line = example.Replace(OtherRoot, elsewhere.Root).Replace(Completions, elsewhere.Root);

            var result = await CommandLines.RunAsync(line, installation.Root);

            var expected = example.Contains("--exit-code") ? 3 : 0;
            Assert.True(result.ExitCode == expected, $"{line}: {result}");
            Assert.DoesNotContain("error KU-", result.Error);
            Assert.DoesNotContain("Nothing to do", result.Output);
        }
    }

    /// <summary>A verb that comes later has a row above.</summary>
    [Fact]
    public async Task G1f_are_run_of_every_verb()
    {
        var method = GetType().GetMethod(nameof(G1f_do_what_they_say))!;
        await using var tracker = new Xunit.Sdk.DisposalTracker();
        List<string> rows = [];
        foreach (var data in method.GetCustomAttributes(false).OfType<Xunit.v3.IDataAttribute>())
            rows.AddRange((await data.GetData(method, tracker)).Select(row => (string)((ITheoryDataRow)row).GetData()[0]!));
        var verbs = (await CommandLines.RunAsync("krang-upgrade '[suggest:14]' 'krang-upgrade '")).Output.Split('\n');
        Assert.Equal(verbs.Where(verb => verb.Length > 0).Append(NoVerb).Order(), rows.Order());
    }

    private static async Task<List<string>> ExamplesAsync(string verb)
    {
        var help = (await CommandLines.RunAsync($"krang-upgrade {verb} --help")).Output;
        var printed = help[help.IndexOf("Examples:\n", StringComparison.Ordinal)..].Split("\n\n")[0];
        // Of the program's own help, what follows says what it does.
        return [.. Example().Matches(printed).Select(match => match.Groups[1].Value.Trim())];
    }

    private async Task<TestInstallation> PreparedAsync(string verb, string example)
    {
        if (verb is "schema") return await WikiInstallation.CreateOldAsync(server, "acme", "globex");
        if (verb is "rollback" or "purge") return await Exchanged.CreateAsync(server, "acme", "globex");
        var installation = verb is "save" or "saves" or "restore"
            ? await TestInstallation.CreateForSavesAsync(server, "acme", "globex")
            : await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.ForInstances("V1_002"));
        switch (verb)
        {
            case "init" or "new" or "completion" or "modules": break;
            case "baseline":
                await installation.ExecuteAsync("CREATE TABLE acme.story ()");
                if (example.Contains("--replace")) await installation.SucceedsAsync("baseline", "1.002", "acme");
                break;
            case "files":
                new PayloadSource("1.001", ("bin/krang", "new program")).WriteTo(Path.Combine(installation.Root, "payload"));
                await installation.SucceedsAsync("--to", "1.001");
                // As on another machine, which shares the databases.
                File.Delete(Path.Combine(installation.Root, "data", "payload.json"));
                File.Delete(Path.Combine(installation.Root, "bin", "krang"));
                break;
            case "accept":
                await installation.SucceedsAsync();
                installation.Drop(Sample.ForInstances("V1_002") with { Version = "1.002", Description = "not what it was" });
                break;
            case "reset":
                installation.Drop(new ModuleSource("V1_001") { PerInstallation = "SELECT 1", PerInstance = "SELECT 1/0" });
                if (!example.Contains("acme"))
                    installation.Drop(new ModuleSource("V1_001") { PerInstallation = "SELECT 1/0", PerInstance = "SELECT 1" });
                Assert.Equal(1, (await installation.RunAsync("--to", "1.001")).ExitCode);
                break;
            default:
                await installation.SucceedsAsync("--to", "1.001");
                if (verb is "saves" or "restore") await installation.SucceedsAsync("save");
                break;
        }
        return installation;
    }

    [GeneratedRegex("(?m)^  (krang-upgrade.*?)(?:   .*)?$")]
    private static partial Regex Example();
}
