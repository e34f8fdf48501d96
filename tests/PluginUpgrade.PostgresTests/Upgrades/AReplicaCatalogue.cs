using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>The second example: a catalogue of 1.7 is replaced, side by side, by one of 2.0; and what refuses that.</summary>
public class AReplicaCatalogue(TestServer server)
{
    private Task<TestInstallation> CreateAsync() => ReplicaCatalogue.CreateAsync(server);

    [Fact]
    public async Task T4_what_was_stored_is_replayed_and_the_new_catalogue_goes_on_from_there()
    {
        await using var installation = await CreateAsync();

        var result = await installation.SucceedsAsync("--from", "1.7", "--to", "2.0", "--yes", "--quiet");

        Assert.Equal("", result.Error);
        await ReplicaCatalogue.IsNewAsync(installation);
        Assert.Equal(["1 15", "2 20"], await installation.QueryAsync("SELECT concat_ws(' ', id, total) FROM shop.purchase ORDER BY id"));
        Assert.Equal(["7"], await installation.QueryAsync("SELECT id FROM shop.\"Line\""));
        Assert.Equal(["25"], await installation.QueryAsync("SELECT count(*) FROM stock.item"));
        Assert.Equal(["0 0"], await installation.QueryAsync("""
            SELECT (SELECT count(*) FROM catalogue__before.log_row) || ' ' ||
                   (SELECT count(*) FROM catalogue__before.batch WHERE replayed_at IS NULL)
            """));
        Assert.Equal(["1 purchase 7:900", "2 Line 7:900", "3 item 8:125", "4 person 6:9000"], await installation.QueryAsync("""
            SELECT concat_ws(' ', table_id, name, start_file || ':' || start_position) FROM catalogue.replicated_table ORDER BY table_id
            """));
        Assert.Equal(["shops from 6:9000, consistent from 8:125"], await installation.QueryAsync("""
            SELECT format('%s from %s:%s, consistent from %s:%s', name, start_file, start_position, consistent_file, consistent_position)
            FROM catalogue.source JOIN catalogue.batch USING (source_id)
            """));
        Assert.Equal(["5"], await installation.QueryAsync("""
            INSERT INTO catalogue.replicated_table (origin, name, start_file, start_position) VALUES ('crm_db', 'firm', 9, 1)
            RETURNING table_id
            """));
    }

    [Fact]
    public async Task The_plan_shows_that_writers_wait_from_the_build_on()
    {
        await using var installation = await CreateAsync();
        var (_, document) = await installation.RunJsonAsync("plan");
        Assert.Equal(
            ["DrainLive nobody", "BuildBeside writers", "VerifyBuild writers", "SwapSchemas everybody"],
            document["stages"]![0]!["lanes"]![0]!["steps"]!.AsArray().Select(step => $"{step!["kind"]} {step["waits"]}"));
    }

    [Theory]
    [InlineData("--yes")]
    [InlineData("check")]
    public async Task T1_mappings_that_are_not_the_stored_ones_are_refused_all_together(string command)
    {
        await using var installation = await CreateAsync();
        var sources = ReplicaCatalogue.SourcesOf(installation);
        sources["orders"]!["Schema"] = "shop_two";
        sources["people"]!.AsObject().Remove("Database");
        sources.Remove("stock");
        sources["archive"] = new JsonObject { ["Database"] = "old_db", ["Schema"] = "old" };

        var result = await installation.RefusesAsync(["KU-3234", "KU-3234", "KU-3234", "KU-3234"], command);

        Assert.Contains("Modules:V2_000:Sources:orders maps shop_db to shop_two, but the catalogue maps shop_db to shop.", result.Error);
        Assert.Contains("Modules:V2_000:Sources:people maps (nothing) to crm, but the catalogue maps crm_db to crm.", result.Error);
        Assert.Contains(
            "Modules:V2_000:Sources:stock is missing. The catalogue has that source, from stock_db to stock.", result.Error);
        Assert.Contains("Modules:V2_000:Sources:archive is not in the catalogue.", result.Error);
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("y", true)]
    [InlineData("", false)]
    [InlineData("YES", false)]
    public async Task T2_only_YES_begins_it(string answer, bool isExplained)
    {
        await using var installation = await CreateAsync();
        using var terminal = TerminalProcess.Start(installation, "--no-save");
        await terminal.SaysAsync("Type YES");

        await terminal.TypeAsync($"{answer}\r");

        Assert.Equal(answer == "YES" ? 0 : 2, await terminal.EndAsync());
        Assert.Equal(isExplained, terminal.Shown.Contains("Only YES, in capital letters", StringComparison.Ordinal));
        if (answer == "YES") await ReplicaCatalogue.IsNewAsync(installation);
        else await IsUntouchedAsync(installation);
    }

    [Fact]
    public async Task T2_without_a_terminal_the_answer_is_given_in_advance()
    {
        await using var installation = await CreateAsync();
        Assert.Contains("--yes", (await installation.RefusesAsync(["KU-1107"])).Error);
        await IsUntouchedAsync(installation);
    }

    [Fact]
    public async Task T3_another_version_than_1_7_is_refused()
    {
        await using var installation = await CreateAsync();
        installation.Drop(new ModuleSource("V1_008") { PerInstance = "SELECT 1" });
        await installation.SucceedsAsync("--to", "1.8");

        var result = await installation.RefusesAsync(["KU-3239"], "--from", "1.7", "--to", "2.0", "--yes");

        Assert.Contains("it requires exactly 1.7, but the version before it is 1.008.", result.Error);
    }

    /// <summary>The message names the statement; the test takes it from there.</summary>
    [Theory]
    [InlineData("running", "is running")]
    [InlineData("error", "stopped with an error")]
    public async Task T4_a_source_that_is_not_stopped_is_refused_until_the_named_statement_was_run(string status, string told)
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync($"UPDATE catalogue.source SET name = 'it''s', status = '{status}' WHERE name = 'stock'");
        var sources = ReplicaCatalogue.SourcesOf(installation);
        sources["it's"] = sources["stock"]!.DeepClone();
        sources.Remove("stock");

        var result = await installation.RefusesAsync(["KU-3234"], "--yes");

        Assert.Contains($"Source it's {told}", result.Error);
        var words = string.Join(' ', result.Error.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        const string statement = "UPDATE \"catalogue\".source SET status = 'stopped' WHERE name = 'it''s'";
        Assert.Contains(statement, words);
        await installation.ExecuteAsync(statement);
        await installation.SucceedsAsync("--yes");
        await ReplicaCatalogue.IsNewAsync(installation);
    }

    [Fact]
    public async Task T1_mappings_and_T4_sources_are_refused_together()
    {
        await using var installation = await CreateAsync();
        ReplicaCatalogue.SourcesOf(installation).Remove("orders");
        await installation.ExecuteAsync("UPDATE catalogue.source SET status = CASE name WHEN 'stock' THEN 'running' ELSE 'error' END");
        await installation.ExecuteAsync("INSERT INTO catalogue.source (name, origin, destination_schema) VALUES ('new', 'new_db', 'new')");
        await installation.ExecuteAsync("INSERT INTO catalogue.replicated_table (source_id, name) VALUES (4, 'one')");

        var result = await installation.RefusesAsync([.. Enumerable.Repeat("KU-3234", 6)], "--yes");

        Assert.Contains("Source new has tables and no batch.", result.Error);
    }

    private static async Task IsUntouchedAsync(TestInstallation installation)
    {
        Assert.Equal(["1.007 done V1_007"], await installation.JournalAsync("catalogue"));
        Assert.Equal(["26"], await installation.QueryAsync("SELECT count(*) FROM catalogue.batch WHERE replayed_at IS NULL"));
        Assert.Empty(await installation.QueryAsync("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'catalogue\\_\\_%'"));
    }
}
