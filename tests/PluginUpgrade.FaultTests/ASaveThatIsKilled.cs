using PluginUpgrade.Saves;

namespace PluginUpgrade.FaultTests;

/// <summary>F13: the host ends at every labelled point of a save, by hand and before an upgrade.</summary>
public class ASaveThatIsKilled(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [NightlyData("save begun", 0)]
    [InlineData("archives written", 0)]
    [NightlyData("save written", 0)]
    [InlineData("save named", 1)]
    public async Task F13_is_whole_or_none_and_the_next_one_clears_up(string label, int saves)
    {
        await using var installation = await InstallationAsync();
        await EndAsync(installation, label, "save");

        await AreWholeAsync(installation, saves);
        await installation.SucceedsAsync("save");

        await AreWholeAsync(installation, saves + 1);
        Assert.Empty(Directory.EnumerateFileSystemEntries(SavesOf(installation).Path, "*.partial"));
    }

    [Theory]
    [NightlyData("save begun", 0)]
    [InlineData("save named", 1)]
    [NightlyData("saved", 1)]
    public async Task F13_before_an_upgrade_leaves_the_targets_as_they_were_and_the_same_command_goes_on(string label, int saves)
    {
        await using var installation = await InstallationAsync();
        installation.Drop(new ModuleSource("V1_001") { Version = "1.001", Irreversible = true, PerInstance = "DROP TABLE story" });
        await EndAsync(installation, label, "--from", "1", "--yes");

        await AreWholeAsync(installation, saves);
        Assert.Equal(["1"], await installation.QueryAsync("SELECT id FROM acme.story"));
        await installation.SucceedsAsync("--from", "1", "--yes", "--Run:LockTimeout=00:00:30");

        await AreWholeAsync(installation, saves + 1);
        Assert.Equal(["1 baseline", "1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    private static async Task AreWholeAsync(TestInstallation installation, int count)
    {
        var saves = SavesOf(installation).Saves();
        Assert.Equal(count, saves.Count);
        foreach (var save in saves) Assert.Empty(await SaveFiles.VerifyAsync(save, Token));
    }

    /// <summary>Runs the host until it has ended itself there.</summary>
    private static async Task EndAsync(TestInstallation installation, string label, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        installation.Defect = "none";
        using var host = installation.Start(arguments, new Dictionary<string, string?>
        {
            ["KRANG_END_LABEL"] = label,
            ["KRANG_END_AT"] = "1",
            ["KRANG_END_FILE"] = file,
        });
        var end = await host.EndAsync();
        installation.Defect = null;
        Assert.True(await File.ReadAllTextAsync(file, Token) == label, $"{end}");
        File.Delete(file);
    }

    private static SaveDirectory SavesOf(TestInstallation installation) =>
        new(Path.Combine(installation.Root, "data", "upgrade-saves"));

    private async Task<TestInstallation> InstallationAsync()
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync("CREATE TABLE acme.story AS SELECT 1 AS id");
        return installation;
    }
}
