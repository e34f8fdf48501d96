using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Declared;

/// <summary>With a limit of one byte, every table with a row is large: the step has phases.</summary>
public class LargeTables(TestServer server)
{
    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await WikiInstallation.CreateOldAsync(server);
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        return installation;
    }

    [Fact]
    public async Task Are_changed_in_phases()
    {
        await using var installation = await CreateAsync();
        Assert.Contains("in phases", (await installation.SucceedsAsync("plan")).Output);
        await installation.SucceedsAsync("--yes");
        await installation.IsNewAsync();
        Assert.Contains("no difference", (await installation.SucceedsAsync("schema", "check")).Output);
    }

    [Theory]
    [InlineData("values added", 1)]
    [InlineData("declared changes made", 1)]
    [InlineData("expansion not committed", 1)]
    [InlineData("declared schema expanded", 1)]
    [InlineData("declared demand met", 1)]
    [InlineData("declared demand met", 2)]
    [InlineData("declared schema demanded", 1)]
    [InlineData("contraction not committed", 1)]
    [InlineData("step committed", 1)]
    public async Task A_killed_process_is_continued_and_the_module_runs_once(string label, int at)
    {
        await using var installation = await CreateAsync();
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
}
