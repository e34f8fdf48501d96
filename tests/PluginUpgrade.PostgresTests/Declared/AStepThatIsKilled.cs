using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Declared;

/// <summary>The process is killed, and the same command continues.</summary>
public class AStepThatIsKilled(TestServer server, ITestOutputHelper output)
{
    [Theory]
    [NightlyData("values added", 1)]
    [InlineData("declared changes made", 1)]
    [NightlyData("expansion not committed", 1)]
    [InlineData("declared schema expanded", 1)]
    [NightlyData("declared demand met", 1)]
    [InlineData("declared demand met", 2)]
    [NightlyData("declared schema demanded", 1)]
    [InlineData("contraction not committed", 1)]
    [NightlyData("step committed", 1)]
    public async Task Is_continued_in_its_phases_and_the_module_runs_once(string label, int at)
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        var file = Path.Combine(installation.Root, "ended");
        installation.Defect = "none";
        using (var host = installation.Start(["--yes"], new Dictionary<string, string?>
        {
            ["KRANG_END_LABEL"] = label,
            ["KRANG_END_AT"] = $"{at}",
            ["KRANG_END_FILE"] = file,
        }))
        {
            var end = await host.EndAsync();
            Assert.True(File.Exists(file), $"The point was not passed: {end}");
        }
        installation.Defect = null;
        while (await installation.QueryAsync("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %'") is not [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
        // Once the module is committed, it must not run again: it would change this back.
        var isExpanded = await installation.QueryAsync(
            "SELECT 1 FROM acme.krang_upgrade_journal WHERE note LIKE 'schema expanded %'") is not [];
        if (isExpanded) await installation.ExecuteAsync("UPDATE acme.users SET postcode = 'ab1' WHERE id = 1");

        await installation.SucceedsAsync("--yes");
        if (isExpanded)
        {
            Assert.Equal(["ab1"], await installation.QueryAsync("SELECT postcode FROM acme.users WHERE id = 1"));
            await installation.ExecuteAsync("UPDATE acme.users SET postcode = 'AB1' WHERE id = 1");
        }
        await installation.IsNewAsync();
        Assert.Contains("no difference", (await installation.SucceedsAsync("schema", "check")).Output);
    }

    /// <summary>At the n-th point for n = 1, 2, 3 … until it is not met any more.</summary>
    [Theory, Nightly]
    [InlineData("10MB")]
    [InlineData("1B")]
    public async Task Is_continued_wherever_it_was_and_ends_the_same(string smallTable)
    {
        for (var at = 1; ; at++)
        {
            await using var installation = await WikiInstallation.CreateOldAsync(server);
            installation.Settings["Run"] = new JsonObject { ["SmallTable"] = smallTable };
            var file = Path.Combine(installation.Root, "ended");
            installation.Defect = "none";
            using (var host = installation.Start(["--yes"], new Dictionary<string, string?>
            {
                ["KRANG_END_AT"] = at.ToString(CultureInfo.InvariantCulture),
                ["KRANG_END_FILE"] = file,
            }))
                await host.EndAsync();
            installation.Defect = null;
            if (!File.Exists(file))
            {
                await installation.IsNewAsync();
                Assert.True(at > 15, $"Only {at - 1} points were met.");
                return;
            }
            output.WriteLine($"{at}: {await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)}");
            while (await installation.QueryAsync("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %'") is not [])
                await Task.Delay(20, TestContext.Current.CancellationToken);
            await installation.SucceedsAsync("--yes");
            await installation.IsNewAsync();
            await installation.SucceedsAsync("schema", "check");
        }
    }
}
