namespace PluginUpgrade.Tests.Payloads;

/// <summary>Another user exchanges a directory for a link, and back, while this one changes files in it: E5b.</summary>
public sealed class ADirectoryThatIsSwapped : IDisposable
{
    private const int Times = 1500;

    private readonly TemporaryInstallation _installation = new(inMemory: true);
    private readonly string _victim;

    public ADirectoryThatIsSwapped()
    {
        _victim = Directory.CreateDirectory(Path.Join(_installation.Outer, "victim")).FullName;
        File.SetUnixFileMode(_installation.Outer, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(_installation.At("shared/sub"));
        for (var i = 0; i < Times; i++) File.WriteAllText(Path.Join(_victim, $"old{i}"), "not ours");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _installation.Dispose();

    [Fact]
    public async Task E5b_gets_no_write_outside_the_root()
    {
        var (done, refused) = await UnderAttackAsync((files, i) => files.WriteAsync($"shared/sub/new{i}", "x", Token));
        Assert.Equal(Times, Directory.GetFiles(_victim).Length);
        Assert.True(done > 0 && refused > 0, $"{done} done, {refused} refused: nothing was tried");
    }

    [Fact]
    public async Task E5b_gets_no_removal_and_no_replacement_outside_the_root()
    {
        for (var i = 0; i < Times; i++) File.WriteAllText(_installation.At($"shared/sub/old{i}"), "ours");
        var (done, refused) = await UnderAttackAsync((files, i) => i % 2 == 0
            ? files.RemoveAsync($"shared/sub/old{i}", Token) : files.WriteAsync($"shared/sub/old{i}", "x", Token));
        Assert.Equal(Times, Directory.GetFiles(_victim).Count(file => File.ReadAllText(file) == "not ours"));
        Assert.True(done > 0 && refused > 0, $"{done} done, {refused} refused: nothing was tried");
    }

    [Fact]
    public async Task E5b_gets_nothing_moved_or_copied_from_outside_the_root()
    {
        for (var i = 0; i < Times; i++) File.WriteAllText(_installation.At($"shared/sub/old{i}"), "ours");
        Directory.CreateDirectory(_installation.At("got"));
        await UnderAttackAsync((files, i) => i % 2 == 0
            ? files.MoveAsync($"shared/sub/old{i}", $"got/{i}", Token) : files.CopyAsync($"shared/sub/old{i}", $"got/{i}", Token));
        Assert.Equal(Times, Directory.GetFiles(_victim).Length);
        Assert.All(Directory.GetFiles(_installation.At("got")), file => Assert.Equal("ours", File.ReadAllText(file)));
    }

    private async Task<(int Done, int Refused)> UnderAttackAsync(Func<InstallationFiles, int, Task> change)
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Takes root, and another user who attacks it.");
        OtherUser.Give(_installation.At("shared"));
        OtherUser.Give(_installation.At("shared/sub"));
        var files = _installation.Begin().Files;
        using var attacker = OtherUser.Swap(_installation.At("shared/sub"), _victim);
        var (done, refused) = (0, 0);
        try
        {
            while (new FileInfo(_installation.At("shared/sub")).LinkTarget is null) await Task.Delay(1, Token);
            // On a busy machine the attacker may sleep through all of them.
            for (var i = 0; i < Times || (refused == 0 && i < 20 * Times); i++)
                try
                {
                    await change(files, i % Times);
                    done++;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    refused++;
                }
            Assert.False(attacker.HasExited);
        }
        finally
        {
            attacker.Kill();
            await attacker.WaitForExitAsync(CancellationToken.None);
        }
        return (done, refused);
    }
}
