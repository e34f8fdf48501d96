namespace PluginUpgrade.PostgresTests.Swaps.WholeDatabases;

/// <summary>A process that is killed at a point of the exchange: one database is live, whole, and the same command goes on.</summary>
public class KilledInTheExchange(TestServer server)
{
    [Theory]
    [NightlyData("Beside", "next database made")]
    [NightlyData("Beside", "built")]
    [NightlyData("Beside", "database swap locked")]
    [InlineData("Beside", "database sealed")]
    [InlineData("Beside", "live database renamed")]
    [InlineData("Beside", "database swap committed")]
    [NightlyData("AcrossDatabases", "next database there")]
    [NightlyData("AcrossDatabases", "changes not committed")]
    [NightlyData("AcrossDatabases", "database sessions ended")]
    [NightlyData("AcrossDatabases", "swap sealed")]
    [InlineData("AcrossDatabases", "database sessions closed")]
    [NightlyData("AcrossDatabases", "next database renamed")]
    [InlineData("AcrossDatabases", "database swap not committed")]
    public async Task F12_The_same_command_goes_on(string module, string label)
    {
        await using var own = await OwnDatabase.CreateAsync(server, module);
        await EndAsync(own, label, "--yes");
        var isNew = label == "database swap committed";
        Assert.Equal(isNew ? ["1.7 baseline", "2.0 done V2_000"] : ["1.7 baseline"], await own.JournalAsync());
        Assert.Equal(["1000"], await own.QueryAsync("SELECT count(*) FROM item"));
        await own.ExecuteAsync(isNew ? "INSERT INTO item VALUES (5000, 'between', 7)" : "INSERT INTO item VALUES (5000, 'between')");

        await own.Installation.UpgradesAsync();
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
        Assert.Equal(["1.7 baseline", "2.0 done V2_000"], await own.JournalAsync());
        // Beside makes its rows itself.
        var count = module == "Beside" && !isNew ? "1000" : "1001";
        Assert.Equal([count], await own.QueryAsync("SELECT count(*) FROM item"));
        Assert.Equal(["0"], await own.QueryAsync("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"));
    }

    [Theory]
    [NightlyData("database sealed")]
    [InlineData("next database renamed")]
    [NightlyData("database swap committed")]
    public async Task F12_A_rollback_has_happened_or_is_repeated(string label)
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        await own.Installation.UpgradesAsync();
        await EndAsync(own, label, "rollback", "acme", "--yes");
        if (label != "database swap committed")
        {
            Assert.Equal(["1.7 baseline", "2.0 done V2_000"], await own.JournalAsync());
            var back = await own.Installation.RunAsync("rollback", "acme", "--yes");
            Assert.True(back.ExitCode == 0, $"{back}");
        }
        Assert.Equal(["", "__failed"], await own.DatabasesAsync());
        Assert.Equal(["1.7 baseline", "2.0 failed V2_000"], await own.JournalAsync());
    }

    [Fact]
    public async Task F12_A_purge_goes_on_with_what_is_left()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.Installation.UpgradesAsync();
        await EndAsync(own, "database purge locked", "purge", "acme", "--yes");
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
        Assert.Equal(0, (await own.Installation.RunAsync("purge", "acme", "--yes")).ExitCode);
        Assert.Equal([""], await own.DatabasesAsync());
    }

    private static async Task EndAsync(OwnDatabase own, string label, params string[] arguments)
    {
        var file = Path.Combine(own.Installation.Root, "ended");
        own.Installation.Defect = "none";
        using (var host = own.Installation.Start(arguments, new Dictionary<string, string?>
        {
            ["KRANG_END_LABEL"] = label,
            ["KRANG_END_AT"] = "1",
            ["KRANG_END_FILE"] = file,
        }))
        {
            var end = await host.EndAsync();
            Assert.True(File.Exists(file), $"The point was not passed: {end}");
        }
        own.Installation.Defect = null;
        // The server notices after a moment that its client is gone.
        while (await own.Installation.QueryAsync("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %'") is not [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
