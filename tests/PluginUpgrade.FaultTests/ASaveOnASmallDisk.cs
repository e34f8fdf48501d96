using System.Text.Json.Nodes;
using PluginUpgrade.FaultTests.Trials;
using PluginUpgrade.Saves;

namespace PluginUpgrade.FaultTests;

/// <summary>F8 for saves: the disk has room for so much, and the save needs more; then room is made.</summary>
public class ASaveOnASmallDisk(TestServer server)
{
    private const int Kilobyte = 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Nightly]
    [Fact]
    public async Task Is_whole_or_not_there_however_much_room_there_is()
    {
        await using var installation = await InstallationAsync();
        using var directory = new TempDirectory();
        using var disk = SmallDisk.TryMount(directory.Root, megabytes: 32);
        Assert.SkipWhen(disk is null, "This process may not mount a small file system: it needs root and CAP_SYS_ADMIN.");
        var saves = new SaveDirectory(Path.Combine(directory.Root, "saves"));
        installation.Settings["Save"] = new JsonObject { ["Directory"] = saves.Path };
        HashSet<string> codes = [];
        // From next to nothing, by where it is refused beforehand, to where the archive just does not fit.
        foreach (var kilobytes in (int[])[8, 500, 1500, 3000, 4500, 6000])
        {
            disk.Leave(kilobytes * Kilobyte);
            var end = await installation.RunAsync("save");

            Refusal.IsForPeople(end);
            codes.UnionWith(Refusal.Codes(end));
            Assert.True(end.ExitCode == 2, $"with {kilobytes} KiB: {end}");
            Assert.False(Directory.Exists(saves.Path), $"with {kilobytes} KiB something was left: {end}");
            if (!end.Error.Contains("KU-7004", StringComparison.Ordinal)) Assert.Contains("No space left on device", end.Error);
        }
        Assert.Contains("KU-7004", codes);
        Assert.Contains("KU-7005", codes);

        disk.MakeRoom();
        await installation.SucceedsAsync("save");
        Assert.Empty(await SaveFiles.VerifyAsync(Assert.Single(saves.Saves()), Token));
    }

    [Fact]
    public async Task B1_refuses_the_upgrade_and_nothing_is_touched()
    {
        await using var installation = await InstallationAsync();
        using var directory = new TempDirectory();
        using var disk = SmallDisk.TryMount(directory.Root, megabytes: 4);
        Assert.SkipWhen(disk is null, "This process may not mount a small file system: it needs root and CAP_SYS_ADMIN.");
        installation.Settings["Save"] = new JsonObject { ["Directory"] = Path.Combine(directory.Root, "saves") };
        installation.Drop(new ModuleSource("V1_001") { Version = "1.001", Irreversible = true, PerInstance = "DROP TABLE much" });

        await installation.RefusesAsync(["KU-7005", "KU-7017"], "--from", "1", "--yes");

        await installation.SucceedsAsync("--from", "1", "--no-save", "--yes");
        Assert.Empty(await installation.QueryAsync("SELECT 1 FROM pg_tables WHERE tablename = 'much'"));
    }

    /// <summary>An instance of some 26 MB, of which about 9 are left when they are compressed.</summary>
    private async Task<TestInstallation> InstallationAsync()
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync(
            "CREATE TABLE acme.much AS SELECT md5(i::text) || md5((-i)::text) AS noise FROM generate_series(1, 270000) AS i");
        return installation;
    }
}
