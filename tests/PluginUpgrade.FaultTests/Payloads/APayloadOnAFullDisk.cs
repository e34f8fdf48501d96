using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.Payloads;

/// <summary>F8 for program files: the root has room for so many pages more than nothing.</summary>
public class APayloadOnAFullDisk(TestServer server)
{
    private const int Kilobyte = 1024;

    [Fact]
    public async Task F8_is_refused_before_anything_is_changed_where_that_can_be_told()
    {
        await using var installation = await InstalledAsync();
        using var disk = Mount(installation);
        disk.Leave(200 * Kilobyte);
        var before = installation.Installed();

        var result = await installation.RunAsync();

        Assert.Equal(["KU-7114"], Refusal.Codes(result));
        Assert.Equal(before, installation.Installed());
        Assert.Empty(await installation.JournalAsync());
        disk.MakeRoom();
        await installation.SucceedsAsync();
        Assert.Contains(installation.Installed(), line => line.StartsWith("bin/0 644 new", StringComparison.Ordinal));
    }

    [Nightly]
    [Fact]
    public async Task F8_what_a_killed_host_had_copied_does_not_take_the_next_ones_room()
    {
        await using var installation = await InstalledAsync();
        using var disk = Mount(installation);
        disk.Leave(800 * Kilobyte);
        using TempDirectory aside = new();
        installation.Defect = "none";
        using var host = installation.Start([], new Dictionary<string, string?>
        {
            ["KRANG_END_AT"] = "38",
            ["KRANG_END_FILE"] = Path.Combine(aside.Root, "label"),
            ["KRANG_END_LABEL"] = "payload file staged",
        });
        Assert.NotEqual(0, (await host.EndAsync()).ExitCode);
        Assert.Contains(installation.Installed(), line => line.StartsWith("data/upgrade-undo/", StringComparison.Ordinal));

        await installation.SucceedsAsync();

        Assert.Contains(installation.Installed(), line => line.StartsWith("bin/39 644 new", StringComparison.Ordinal));
    }

    /// <summary>Somebody else fills it meanwhile: while a module before it waits.</summary>
    [Theory]
    [NightlyData(0)]
    [InlineData(4)]
    [NightlyData(16)]
    [NightlyData(100)]
    [NightlyData(300)]
    public async Task F8_is_a_clean_failure_and_the_same_command_completes_when_there_is_room(int kilobytes)
    {
        await using var installation = await InstalledAsync();
        await Gate.CloseAsync(installation);
        installation.Drop(Sample.Gated("V1_001"));
        using var disk = Mount(installation);
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);
        var before = installation.Installed();
        disk.Leave(kilobytes * Kilobyte);
        before = [.. before, .. installation.Installed().Except(before)];
        await Gate.OpenAsync(installation);

        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-7141", result.Error);
        Assert.Matches("No space left on device|KU-7114", result.Error);
        Assert.Equal(before.Order(StringComparer.Ordinal), installation.Installed());
        disk.MakeRoom();
        await installation.SucceedsAsync();
        Assert.Contains(installation.Installed(), line => line.StartsWith("bin/39 644 new", StringComparison.Ordinal));
        Assert.DoesNotContain(installation.Installed(), line => line.StartsWith("data/upgrade-undo", StringComparison.Ordinal));
    }

    private async Task<TestInstallation> InstalledAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        return installation;
    }

    /// <summary>Forty files of ten kilobytes, and as many old ones.</summary>
    private static SmallDisk Mount(TestInstallation installation)
    {
        using TempDirectory aside = new();
        Shell.Run("cp", "-r", installation.DropFolder, aside.Root);
        var disk = SmallDisk.TryMount(installation.Root, megabytes: 4);
        Assert.SkipWhen(disk is null, "This process may not mount a small file system: it needs root and CAP_SYS_ADMIN.");
        Shell.Run("chmod", "755", installation.Root);
        Shell.Run("cp", "-r", Path.Combine(aside.Root, "upgrade"), installation.Root);
        for (var i = 0; i < 40; i++) installation.Write($"bin/{i}", $"old {i}");
        installation.Write(new PayloadSource("1.002",
            [.. Enumerable.Range(0, 40).Select(i => ($"bin/{i}", $"new {i} {new string('x', 10 * Kilobyte)}"))]));
        installation.WriteSettings();
        return disk;
    }
}
