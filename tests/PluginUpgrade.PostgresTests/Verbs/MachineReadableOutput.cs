using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>--json: one document on standard output and nothing else there.</summary>
public class MachineReadableOutput(TestServer server)
{
    [Theory]
    [NightlyData("upgrade", "--dry-run")]
    [InlineData("upgrade")]
    [NightlyData("plan")]
    [InlineData("status")]
    [NightlyData("history")]
    [NightlyData("modules")]
    [NightlyData("check")]
    [NightlyData("run", "V1_002")]
    [NightlyData("run", "V1_002", "--dry-run")]
    [NightlyData("baseline", "1.002", "late")]
    [NightlyData("reset", "acme")]
    public async Task Is_one_document_of_every_verb_that_names_its_exit_code(params string[] verb)
    {
        await using var installation = await AtFirstVersionAsync();
        await installation.ExecuteAsync("CREATE SCHEMA late");
        installation.Settings["Instances"]!["late"] = new JsonObject { ["Schema"] = "late" };

        var result = await installation.RunAsync([.. verb, "--json"]);

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(0, Document(result)["exitCode"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("upgrade", "nobody")]
    [NightlyData("plan", "nobody")]
    [NightlyData("status", "nobody")]
    [NightlyData("history", "nobody")]
    [NightlyData("check", "nobody")]
    [InlineData("run", "V9_9")]
    [NightlyData("baseline", "x")]
    [NightlyData("reset", "nobody")]
    [NightlyData("--to", "x")]
    [InlineData("--no-such-option")]
    public async Task Is_one_document_of_refusals_too_that_tells_all_problems(params string[] verb)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));

        var result = await installation.RunAsync([.. verb, "--json"]);

        Assert.True(result.ExitCode == 2, $"{result}");
        var document = Document(result);
        Assert.Equal(2, document["exitCode"]!.GetValue<int>());
        Assert.Equal("refused", $"{document["outcome"]}");
        Assert.All(document["problems"]!.AsArray(), problem =>
        {
            Assert.StartsWith("KU-", $"{problem!["code"]}");
            Assert.NotEmpty($"{problem["message"]}");
            Assert.NotEmpty($"{problem["remedy"]}");
        });
        Assert.NotEmpty(document["problems"]!.AsArray());
    }

    [Fact]
    public async Task Tells_of_a_failure_what_failed_where()
    {
        await using var installation = await AtFirstVersionAsync();
        installation.Drop(new ModuleSource("V1_003") { PerInstance = "SELECT 1/0" });

        var result = await installation.RunAsync("--json");

        Assert.Equal(1, result.ExitCode);
        var document = Document(result);
        Assert.Equal("failed", $"{document["outcome"]}");
        Assert.Equal("KU-5002", $"{document["problems"]![0]!["code"]}");
        Assert.Contains(document["steps"]!.AsArray(), step =>
            $"{step!["target"]} {step["version"]} {step["state"]}" == "acme 1.003 failed");
    }

    [Fact]
    public async Task Shows_the_SQL_of_a_dry_run()
    {
        await using var installation = await AtFirstVersionAsync();

        var (_, document) = await installation.RunJsonAsync("--dry-run");

        Assert.Contains("INSERT INTO calls VALUES ('V1_002')", document.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    private static JsonNode Document(HostResult result)
    {
        Assert.StartsWith("{", result.Output);
        return JsonNode.Parse(result.Output)!;
    }

    private async Task<TestInstallation> AtFirstVersionAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");
        return installation;
    }
}
