using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>
/// Upgrades and rollbacks, again and again, while clients write: no acknowledged row is missing from the live side, and none is there
/// twice. (What was written between an upgrade and its rollback stays on the side that was rolled back.)
/// </summary>
public class WritersAllTheTime(TestServer server, ITestOutputHelper output)
{
    private const string LiveSql = """
        CREATE TABLE acme.item (id bigserial PRIMARY KEY, name text NOT NULL);
        CREATE VIEW acme.items AS SELECT id, name FROM acme.item;
        INSERT INTO acme.item (name) SELECT 'item ' || i FROM generate_series(1, 100) i;
        CREATE FUNCTION public.add_item(text) RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO acme.item (name) VALUES ($1); END'
        """;

    private const string BuildSql = """
        CREATE TABLE item (id bigserial PRIMARY KEY, name text NOT NULL, length integer NOT NULL GENERATED ALWAYS AS (length(name)) STORED);
        CREATE VIEW items AS SELECT id, name FROM item;
        INSERT INTO item (id, name) SELECT id, name FROM {live}.item
        """;

    private const string FollowingSql = """
        ALTER TABLE item ALTER COLUMN length SET DEFAULT 0; CREATE OR REPLACE VIEW items AS SELECT id, name FROM item
        """;

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 100, release: 500);

    [Theory]
    [InlineData("Beside", BuildSql)]
    [InlineData("BesideFollowing", FollowingSql)]
    public async Task No_acknowledged_row_is_missing_or_doubled(string module, string build)
    {
        var suite = new Suite("F12w", _plan, output);
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule(module), "V2_000");
        installation.Settings["Modules"] = new System.Text.Json.Nodes.JsonObject
        {
            ["V2_000"] = new System.Text.Json.Nodes.JsonObject { ["Build"] = build },
        };
        // A busy machine may need longer than applications should wait.
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject { ["CatchUpWithin"] = "10s" };
        await installation.ExecuteAsync(LiveSql);
        await SucceedsAsync(installation, "baseline", "1.7");
        await using var writers = new Writers(installation.Database);
        List<(long Begin, long End)> undone = [];
        for (var cycle = 0; cycle < _plan.Count; cycle++)
        {
            var begin = writers.Now;
            await SucceedsAsync(installation, "upgrade", "acme", "--yes");
            suite.Count("swaps");
            await CheckAsync($"cycle {cycle}, upgraded");
            await SucceedsAsync(installation, "rollback", "acme", "--yes");
            suite.Count("rollbacks");
            undone.Add((begin, writers.Now));
            await CheckAsync($"cycle {cycle}, rolled back");
            await SucceedsAsync(installation, "purge", "acme", "--yes");
        }
        await writers.EndAsync();
        foreach (var fault in writers.Faults.Distinct()) suite.Violation("an application", fault);
        foreach (var (state, count) in writers.Borne) suite.Count($"applications were told {state}", count);
        suite.Count("acknowledged rows", writers.Acknowledged);
        suite.End(_plan.Count, suite["swaps"] + suite["rollbacks"]);

        async Task CheckAsync(string where)
        {
            var expected = writers.Names(undone);
            var live = await installation.QueryAsync("SELECT name FROM acme.item WHERE name NOT LIKE 'item %'");
            var missing = expected.Except(live).ToList();
            if (missing.Count > 0) suite.Violation(where, $"{missing.Count} acknowledged rows are missing, such as {missing[0]}");
            if (live.Count != live.Distinct().Count()) suite.Violation(where, "Rows are there twice.");
        }
    }

    private static async Task SucceedsAsync(TestInstallation installation, params string[] arguments)
    {
        var result = await installation.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{result}");
    }
}
