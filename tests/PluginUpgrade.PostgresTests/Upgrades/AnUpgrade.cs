namespace PluginUpgrade.PostgresTests.Upgrades;

public class AnUpgrade(TestServer server)
{
    /// <summary>A module that counts its calls: in the installation and in each instance.</summary>
    private static ModuleSource Module(string name) => new(name)
    {
        PerInstallation = $"CREATE TABLE IF NOT EXISTS calls (module text); INSERT INTO calls VALUES ('{name}')",
        PerInstance = $"CREATE TABLE IF NOT EXISTS calls (module text); INSERT INTO calls VALUES ('{name}')",
    };

    [Fact]
    public async Task K2_runs_the_modules_after_the_start_up_to_the_end_in_order_and_once()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Module("V1_001"), Module("V1_002"), Module("V1_003"), Module("V1_004"), Module("V1_005"));

        var result = await installation.RunAsync("--from", "1.001", "--to", "1.004");

        Assert.True(result.ExitCode == 0, $"{result}");
        string[] expected = ["1.001 baseline", "1.002 done V1_002", "1.003 done V1_003", "1.004 done V1_004"];
        Assert.Equal(expected, await installation.JournalAsync());
        Assert.Equal(expected, await installation.JournalAsync("acme"));
        Assert.Equal(expected, await installation.JournalAsync("globex"));
        foreach (var schema in (string[])["public", "acme", "globex"])
            Assert.Equal(["V1_002", "V1_003", "V1_004"], await installation.QueryAsync($"SELECT module FROM {schema}.calls ORDER BY ctid"));
    }

    [Fact]
    public async Task S4_does_nothing_the_second_time_and_says_so()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Module("V1_001"));
        Assert.Equal(0, (await installation.RunAsync("--to", "1.001")).ExitCode);
        var before = await installation.QueryAsync("SELECT j::text FROM acme.krang_upgrade_journal j");

        var result = await installation.RunAsync("--to", "1.001");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Nothing to do", result.Output);
        Assert.Equal(before, await installation.QueryAsync("SELECT j::text FROM acme.krang_upgrade_journal j"));
    }
}
