using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>G1c: <c>--verbose</c> tells all of a failure, wherever it failed; without it no value of a statement is told.</summary>
public class AFailureWithEverything(TestServer server)
{
    private const string Twice = "CREATE TABLE person (name text UNIQUE);\nINSERT INTO person VALUES ('Ada');\n"
        + "INSERT INTO person\n  VALUES ('Grace'), ('Ada')";

    [Fact]
    public async Task G1c_Has_the_servers_detail_and_the_statement_with_its_values_at_the_end_and_grouped()
    {
        await using var installation = await Asking.CreateAsync(server, "acme", "globex");
        installation.Let("V1_001", "Do", Twice);

        var result = await installation.RunAsync("--to", "1.001", "--verbose");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("DETAIL: Key (name)=(Ada) already exists.", result.Error);
        Assert.Contains("STATEMENT: INSERT INTO person\n      VALUES ('Grace'), ('Ada')", result.Error);
        // One of the two instances' is told, with both in front of it.
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith("error KU-5002", StringComparison.Ordinal));
        Assert.Single(result.Error.Split('\n'), line => line.Contains("STATEMENT: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task G1c_Tells_no_value_without_it_anywhere()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", Twice);

        var result = await installation.RunAsync("--to", "1.001");
        var history = (await installation.RunAsync("history", "--verbose")).All;
        var json = await installation.RunAsync("--to", "1.001", "--json");

        Assert.True(result.ExitCode == 1, $"{result}");
        var logs = Directory.EnumerateFiles(Path.Combine(installation.Root, "data", "upgrade-logs")).Select(File.ReadAllText);
        var journal = await installation.QueryAsync("SELECT j::text FROM acme.krang_upgrade_journal j");
        foreach (var told in (string[])[result.All, history, json.All, .. logs, .. journal])
        {
            Assert.Contains("person_name_key", told);
            Assert.DoesNotContain("Grace", told);
            Assert.DoesNotContain("(Ada)", told);
        }
    }

    [Fact]
    public async Task G1c_Goes_to_standard_error_beside_JSON_and_never_into_it_or_the_journal()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", Twice);

        var result = await installation.RunAsync("--to", "1.001", "--json", "--verbose");

        Assert.Contains("STATEMENT: INSERT INTO person", result.Error);
        Assert.Contains("DETAIL: Key (name)=(Ada)", result.Error);
        Assert.Equal("KU-5002", $"{JsonNode.Parse(result.Output)!["problems"]![0]!["code"]}");
        var journal = await installation.QueryAsync("SELECT j::text FROM acme.krang_upgrade_journal j");
        foreach (var kept in (string[])[result.Output, .. journal])
        {
            Assert.DoesNotContain("Grace", kept);
            Assert.DoesNotContain("(Ada)", kept);
        }
    }

    [Theory]
    [InlineData(
        "DO $$BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'the reason', HINT = 'do that'; END$$", "DETAIL: the reason", "do that")]
    [InlineData("SELECT '😀', 'Ada', no_such_column FROM pg_class", "STATEMENT: SELECT '😀', 'Ada', >>>no_such_column FROM pg_class", "")]
    [NightlyData("SELECT 'Ada' FROM", "STATEMENT: SELECT 'Ada' FROM>>>", "")]
    [NightlyData("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1/0 FROM pg_class; END'; SELECT f(), 'Ada'",
        "PL/pgSQL function f() line 1 at RETURN", "STATEMENT: SELECT f(), 'Ada'")]
    [InlineData("DO $$BEGIN PERFORM 'Ada', no_such_column FROM pg_class; END$$",
        "CONTEXT: PL/pgSQL function inline_code_block line 1 at PERFORM", "STATEMENT: SELECT 'Ada', >>>no_such_column FROM pg_class")]
    public async Task G1c_Has_whatever_the_server_says_of_it(string sql, string told, string more)
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", sql);

        foreach (var how in (string[][])[["--verbose"], ["--verbose", "--dry-run"]])
        {
            var result = await installation.RunAsync(["--to", "1.001", .. how]);

            Assert.True(result.ExitCode == 1, $"{result}");
            Assert.Contains(told, result.Error);
            Assert.Contains(more, result.Error);
        }
    }

    /// <summary>As Dapper and Entity Framework do: Npgsql's exception has no text of such a command for everybody.</summary>
    [Fact]
    public async Task G1c_Has_the_statement_of_a_command_that_the_module_made_itself()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Read", "SELECT 'Ada', no_such_column");

        Assert.Contains("Statement: SELECT '...', >>>no_such_column.", (await installation.RunAsync("--to", "1.001")).Error);
        var result = await installation.RunAsync("--to", "1.001", "--verbose");
        Assert.Contains("STATEMENT: SELECT 'Ada', >>>no_such_column", result.Error);
    }

    [Theory]
    [InlineData("ALTER ROLE no_such_role PASSWORD 'hunter2'", "ALTER ROLE no_such_role PASSWORD '...'")]
    [NightlyData("CREATE SUBSCRIPTION s CONNECTION 'host=x password=hunter2' PUBLICATION p WITH (connect = no)", "CREATE SUBSCRIPTION s")]
    [NightlyData("SELECT no_such_function('postgresql://web:hunter2@db/shop')", "SELECT >>>no_such_function('...')")]
    [InlineData("CREATE TABLE k (api_key text UNIQUE); INSERT INTO k VALUES ('hunter2'), ('hunter2')", "STATEMENT: ")]
    [InlineData("DO $$BEGIN EXECUTE 'ALTER ROLE no_such_role PASSWORD ''hunter2'''; END$$", "PASSWORD '...'")]
    public async Task G1c_Leaves_out_the_values_of_a_statement_that_speaks_of_a_secret(string sql, string told)
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", sql);

        var result = await installation.RunAsync("--to", "1.001", "--verbose");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains(told, result.Error);
        Assert.DoesNotContain("hunter2", result.All);
        var log = Directory.EnumerateFiles(Path.Combine(installation.Root, "data", "upgrade-logs")).Single();
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task G1c_Has_an_end()
    {
        await using var installation = await Asking.CreateAsync(server);
        installation.Let("V1_001", "Do", $"SELECT '{new string('x', 300_000)}', no_such_column, '{new string('y', 300_000)}'");

        var result = await installation.RunAsync("--to", "1.001", "--verbose");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("xxx', >>>no_such_column, 'yyy", result.Error);
        Assert.True(result.Error.Length < 40_000, $"{result.Error.Length}");
    }

    /// <summary>Not only modules' statements fail.</summary>
    [Theory]
    [NightlyData("gate")]
    [InlineData("discovery")]
    public async Task G1c_Has_the_operators_own_statements_too(string what)
    {
        await using var installation = await Asking.CreateAsync(server, "acme", "globex");
        const string query = "SELECT 'Ada', no_such_column";
        if (what == "gate")
            installation.Settings["Run"] = new JsonObject
            {
                ["Waves"] = new JsonArray("1", "all"),
                ["Gate"] = new JsonObject { ["Query"] = query },
            };
        else installation.Settings["Discover"] = new JsonObject { ["Query"] = query };

        Assert.DoesNotContain("'Ada'", (await installation.RunAsync("--to", "1.001")).All);
        var result = await installation.RunAsync("--to", "1.001", "--verbose");

        Assert.True(result.ExitCode is 1 or 2, $"{result}");
        Assert.Contains("STATEMENT: SELECT 'Ada', >>>no_such_column", result.Error);
    }
}
