using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Verbs;

public class PasswordsOfEveryKind(TestServer server)
{
    /// <summary>The module tells the password in an error, in whatever is told of it: terminal, JSON, log.</summary>
    [Theory]
    [NightlyData("200")]
    [NightlyData("true")]
    [NightlyData("null")]
    [InlineData("0")]
    [NightlyData("x7")]
    [NightlyData("done")]
    [NightlyData("exitCode")]
    [NightlyData("\"")]
    [InlineData("q\"uote\\d")]
    [NightlyData("it's; a=b")]
    [NightlyData("{}")]
    [NightlyData("a\tb\u001bc")]
    [NightlyData("Level")]
    public async Task E5o_never_break_the_document_and_are_never_told(string password)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Password = password }.ConnectionString;
        var literal = password.Replace("'", "''", StringComparison.Ordinal);
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstance = $"DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'the word is [' || '{literal}' || '] and no other'; END $$",
        });

        var (exitCode, document) = await installation.RunJsonAsync();
        var told = await installation.RunAsync();

        Assert.Equal(1, exitCode);
        Assert.Equal((1, "failed"), ((int)document["exitCode"]!, $"{document["outcome"]}"));
        Assert.Contains("the word is [*****]", $"{document["problems"]![0]!["message"]}");
        Assert.Equal(1, told.ExitCode);
        Assert.Contains("the word is [*****]", Regex.Unescape(told.Error.Replace("\\u", "\\\\u", StringComparison.Ordinal)));
        foreach (var file in Directory.GetFiles(Path.Combine(installation.Root, "data", "upgrade-logs")))
            foreach (var line in await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))
            {
                var entry = JsonNode.Parse(line)!;
                Assert.DoesNotContain($"the word is [{password}]", $"{entry["@m"]} {entry["@x"]}");
            }
    }

    /// <summary>One of them is a part of another: the whole is taken out, and not the part alone.</summary>
    [Fact]
    public async Task E5o_passwords_that_contain_one_another_are_removed_completely()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var database = new NpgsqlConnectionStringBuilder(installation.Database);
        database.Password = "canary";
        installation.Settings["Installation"]!["Database"] = database.ConnectionString;
        installation.Settings["Instances"]!["acme"]!["Database"] = "Password=canary-and-more";
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "DO $$ BEGIN RAISE EXCEPTION 'canary-and-more canary'; END $$" });

        var result = await installation.RunAsync();

        Assert.Contains("***** *****", result.Error);
        Assert.DoesNotContain("-and-more", result.All);
    }
}
