using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>Exceptions are code of the module, and their texts may be such as no database takes: recorded and told all the same.</summary>
public class AFailureThatIsHardToTell(TestServer server)
{
    private static readonly string[] Kinds =
    [
        "nul", "surrogate", "foreign", "huge", "message throws", "message null", "text throws", "trace throws", "wrapped", "npgsql",
    ];

    [Theory]
    [NightlyData("UTF8")]
    [NightlyData("LATIN1")]
    [InlineData("SQL_ASCII")]
    public async Task E5t_Is_recorded_and_told(string encoding)
    {
        await using var installation = await CreateAsync(encoding);

        var (exitCode, document) = await installation.RunJsonAsync("--to", "1.001", "--verbose");

        Assert.Equal(1, exitCode);
        var problems = document["problems"]!.AsArray();
        Assert.All(problems, problem => Assert.Equal("KU-5002", $"{problem!["code"]}"));
        Assert.All(problems, problem => Assert.DoesNotContain("could not be written", $"{problem!["message"]}"));
        Assert.Equal(Kinds.Length, problems.Count);
        var database = Database(installation, encoding);
        foreach (var (schema, kind) in Schemas)
        {
            var row = Assert.Single(await installation.QueryAsync(
                $"SELECT state || ' ' || coalesce(left(error, 80), 'NULL') FROM {schema}.krang_upgrade_journal", database));
            Assert.StartsWith("failed ", row);
            Assert.DoesNotContain("NULL", row);
            Assert.True(kind != "nul" || row.Contains(@"before\u0000after", StringComparison.Ordinal), row);
            Assert.True(kind != "surrogate" || row.Contains(@"\ud83d of a pair \ude00", StringComparison.Ordinal), row);
            var kept = encoding == "LATIN1" ? @"\u20ac and \u732b" : "€ and 猫";
            Assert.True(kind != "foreign" || row.Contains(kept, StringComparison.Ordinal), row);
        }
        var shortened = "SELECT max(length(error)) < 10000 FROM k_huge.krang_upgrade_journal";
        Assert.Equal(["True"], await installation.QueryAsync(shortened, database));
    }

    [Fact]
    public async Task E5t_Leaves_no_report_out()
    {
        await using var installation = await CreateAsync("UTF8");

        var result = await installation.RunAsync("--to", "1.001", "--verbose");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.DoesNotContain("is left out", result.Error);
        Assert.Equal(Kinds.Length, Refusal.Codes(result).Count(code => code == "KU-5002"));
        var log = Directory.EnumerateFiles(Path.Combine(installation.Root, "data", "upgrade-logs")).Single();
        var lines = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        foreach (var (schema, _) in Schemas) Assert.Contains($"V1_001 on {schema}", lines);
    }

    private static IEnumerable<(string Schema, string Kind)> Schemas => Kinds.Select(kind => ($"k_{kind.Replace(' ', '_')}", kind));

    private async Task<TestInstallation> CreateAsync(string encoding)
    {
        var installation = await Asking.CreateAsync(server, [.. Schemas.Select(one => one.Schema)]);
        var name = $"{new NpgsqlConnectionStringBuilder(installation.Database).Database}_{encoding}".ToLowerInvariant();
        await installation.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'");
        var on = new JsonObject();
        foreach (var (schema, kind) in Schemas)
        {
            await installation.ExecuteAsync($"CREATE SCHEMA {schema}", Database(installation, encoding));
            installation.Settings["Instances"]![schema]!["Database"] = $"Database={name}";
            on[schema] = kind;
        }
        installation.Settings["Modules"]!["V1_001"] = new JsonObject { ["Instance"] = new JsonObject { ["OddOn"] = on } };
        return installation;
    }

    private static string Database(TestInstallation installation, string encoding)
    {
        var builder = new NpgsqlConnectionStringBuilder(installation.Database);
        builder.Database = $"{builder.Database}_{encoding}".ToLowerInvariant();
        return builder.ConnectionString;
    }
}
