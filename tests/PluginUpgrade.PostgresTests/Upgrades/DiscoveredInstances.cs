using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class DiscoveredInstances(TestServer server)
{
    [Fact]
    public async Task Are_upgraded_with_the_configured_ones_and_keep_their_labels()
    {
        await using var installation = await DiscoveringAsync();
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");

        await installation.SucceedsAsync("--from", "0");

        Assert.Equal(["acme,found,other"], await installation.QueryAsync("SELECT value FROM public.told WHERE key = 'instances'"));
        Assert.Equal(["ring=canary"], await installation.QueryAsync("SELECT value FROM found_s.told WHERE key = 'labels'"));
        Assert.Equal(["found"], await installation.QueryAsync("SELECT value FROM found_s.told WHERE key = 'name'"));
        Assert.Equal(["0 baseline", "3.001 done V3_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task May_lie_in_another_database()
    {
        await using var installation = await DiscoveringAsync();
        installation.Drop(Sample.Counting("V1_001"));

        await installation.SucceedsAsync("--from", "0");

        var other = (await installation.QueryAsync("SELECT database FROM public.accounts WHERE name = 'other'"))[0];
        Assert.Equal(["V1_001"], await installation.CallsAsync("public", $"{installation.Database};{other}"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("public"));
    }

    [Fact]
    public async Task Are_refused_where_one_has_the_name_of_a_configured_one()
    {
        await using var installation = await DiscoveringAsync();
        await installation.ExecuteAsync("INSERT INTO accounts VALUES ('Acme', 'elsewhere')");
        installation.Drop(Sample.ForInstances("V1_001"));

        var result = await installation.RefusesAsync(["KU-1201", "KU-3002"], "--from", "0");

        Assert.Contains("2 configured or discovered instances have this name", result.Error);
    }

    [Fact]
    public async Task Are_refused_where_two_lie_in_one_schema()
    {
        await using var installation = await DiscoveringAsync();
        await installation.ExecuteAsync("INSERT INTO accounts VALUES ('twin', 'found_s')");
        installation.Drop(Sample.ForInstances("V1_001"));

        var result = await installation.RunAsync("--from", "0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("KU-1202", Refusal.Codes(result));
        Assert.Contains("found, twin: ", result.Error);
    }

    [Theory]
    [NightlyData("SELECT nothing FROM accounts", "KU-1204")]
    [NightlyData("SELECT schema FROM accounts", "KU-1205")]
    [NightlyData("SELECT name, 1 AS unknown FROM accounts", "KU-1205")]
    [NightlyData("SELECT name, 'no json' AS labels FROM accounts", "KU-1205")]
    [InlineData("SELECT name, '{\"ring\": null}' AS labels FROM accounts", "KU-1205")]
    [InlineData("SELECT '../etc' AS name", "KU-1206")]
    [InlineData("DELETE FROM accounts RETURNING name", "KU-1204")]
    public async Task Are_refused_where_the_query_cannot_be_used_and_it_cannot_change_anything(string query, string code)
    {
        await using var installation = await DiscoveringAsync();
        installation.Settings["Discover"]!["Query"] = query;
        installation.Drop(Sample.ForInstances("V1_001"));
        installation.WriteSettings();
        var before = await installation.SnapshotAsync();

        var result = await installation.RunAsync("--from", "0");

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Contains(code, Refusal.Codes(result));
        Refusal.IsForPeople(result);
        Assert.Equal(before, await installation.SnapshotAsync());
    }

    [Fact]
    public async Task S11_a_query_without_rows_finds_no_instances()
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        await installation.ExecuteAsync("CREATE SCHEMA lists; CREATE TABLE lists.accounts (name text)");
        installation.Settings["Discover"] = new JsonObject { ["Query"] = "SELECT name FROM lists.accounts" };
        installation.Drop(Sample.Counting("V1_001"));

        var result = await installation.RefusesAsync(["KU-1210"]);

        Assert.Contains("There are no instances", result.Error);
        Assert.Contains("--installation-only", result.Error);
        await installation.SucceedsAsync("--installation-only");
        Assert.Equal(["V1_001"], await installation.CallsAsync("public"));
    }

    /// <summary>acme is configured; found, with a label, and other, in a database of its own, are discovered.</summary>
    private async Task<TestInstallation> DiscoveringAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        var other = new Npgsql.NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()).Database;
        await installation.ExecuteAsync($$"""
            CREATE SCHEMA found_s;
            CREATE TABLE accounts (name text, schema text, database text, labels jsonb);
            INSERT INTO accounts VALUES ('found', 'found_s', NULL, '{"ring": "canary"}'), ('other', NULL, 'Database={{other}}', NULL);
            """);
        installation.Settings["Discover"] = new JsonObject { ["Query"] = "SELECT * FROM accounts ORDER BY name" };
        return installation;
    }
}
