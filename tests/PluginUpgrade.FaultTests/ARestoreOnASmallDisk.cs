using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>F8 of a restore: the server's disk has no room for what comes beside the live data until the end.</summary>
public class ARestoreOnASmallDisk
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(false)]
    [NightlyData(true)]
    public async Task Is_a_clean_failure_that_leaves_the_live_data_and_succeeds_when_there_is_room(bool wholeDatabase)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var disks = await ServerOnSmallDisks.TryStartAsync(cancellation);
        Assert.SkipWhen(disks is null, "This process may not mount a small file system: it needs root and CAP_SYS_ADMIN.");
        await using var installation = await TestInstallation.CreateForSavesAsync(disks.Server, "acme");
        var database = installation.Database;
        if (wholeDatabase)
        {
            await installation.ExecuteAsync("CREATE DATABASE lone");
            database = new NpgsqlConnectionStringBuilder(database) { Database = "lone" }.ConnectionString;
            installation.Settings["Instances"] = new JsonObject { ["acme"] = new JsonObject { ["Database"] = "Database=lone" } };
            await FleetTemplate.ExecuteAsync(database, "CREATE SCHEMA acme", cancellation);
        }
        await FleetTemplate.ExecuteAsync(database, """
            CREATE TABLE acme.story AS SELECT i, repeat(md5(i::text), 20) AS told FROM generate_series(1, 30000) AS i
            """, cancellation);
        await installation.SucceedsAsync("save", "acme");
        await FleetTemplate.ExecuteAsync(database, "DELETE FROM acme.story WHERE i > 10", cancellation);
        var before = await DumpText.OfAsync(database, "acme");
        await disks.ExecuteAsync("CHECKPOINT", cancellation);
        NpgsqlConnection.ClearAllPools();
        disks.Data.Leave((wholeDatabase ? 16 : 8) * Megabyte);

        var result = await installation.RunAsync("restore", "acme", "--yes");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.True(result.Error.Contains("KU-7050") && result.Error.Contains("No space left on device"), $"{result}");
        disks.Data.MakeRoom();
        Assert.Equal(before, await DumpText.OfAsync(database, "acme"));
        await installation.SucceedsAsync("restore", "acme", "--yes");
        Assert.NotEqual(before, await DumpText.OfAsync(database, "acme"));
        Assert.Empty(await installation.QueryAsync("SELECT datname FROM pg_database WHERE datname LIKE 'lone\\_\\_%'"));
    }
}
