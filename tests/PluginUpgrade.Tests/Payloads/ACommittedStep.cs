using PluginUpgrade.Files;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Tests.Payloads;

public sealed class ACommittedStep : IDisposable
{
    private readonly TemporaryInstallation _installation = new();
    private readonly UndoLog _log;

    public ACommittedStep() => _log = _installation.Begin();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _installation.Dispose();

    [Fact]
    public async Task Keeps_its_changes_and_nothing_else()
    {
        await Everything.DoAsync(_log.Files, Token);
        await _log.ForgetAsync(Token);
        Assert.Equal("new settings", _installation.Read("conf/krang.conf"));
        Assert.Equal("new", _installation.Read("conf/new/deep/er.conf"));
        Assert.Equal("four", _installation.Read("old/four.so"));
        Assert.Equal("one of the copy", _installation.Read("bin/lib/one.so"));
        Assert.Equal("one of the copy", _installation.Read("bin/current"));
        Assert.False(Path.Exists(_installation.At("out")));
        Assert.Equal(["kept"], Directory.GetFileSystemEntries(_installation.At("data")).Select(Path.GetFileName));
        Assert.Empty(UndoLog.Find(_installation.Root));
    }

    [Fact]
    public async Task Keeps_modes_of_what_it_wrote_and_copied()
    {
        _installation.Mode("bin/lib", 0x16d);
        await _log.Files.WriteAsync("conf/secret", "new", Token);
        await _log.Files.CopyAsync("bin", "bin2", Token);
        await _log.ForgetAsync(Token);
        Assert.Equal(0x180, _installation.Mode("conf/secret"));
        Assert.Equal(0x16d, _installation.Mode("bin2/lib"));
        Assert.Equal(TreeDigest.Of(_installation.At("bin")), TreeDigest.Of(_installation.At("bin2")));
        _installation.Mode("bin/lib", 0x1ed); // Else only root could delete what is in it.
        _installation.Mode("bin2/lib", 0x1ed);
    }

    [Fact]
    public async Task Keeps_owners_where_the_host_is_root()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files away");
        LinkFree.SetOwner(_installation.At("conf/secret"), 1234, 2345);
        await _log.Files.WriteAsync("conf/secret", "new", Token);
        await _log.Files.CopyAsync("conf", "conf2", Token);
        await _log.ForgetAsync(Token);
        foreach (var path in (string[])["conf/secret", "conf2/secret"])
            Assert.Equal((1234u, 2345u), (Libc.Look(_installation.At(path))!.Value.User, Libc.Look(_installation.At(path))!.Value.Group));
    }

    [Fact]
    public async Task Follows_a_link_inside_the_root_when_it_writes()
    {
        await _log.Files.WriteAsync("bin/current", "new one", Token);
        await _log.ForgetAsync(Token);
        Assert.Equal("new one", _installation.Read("bin/lib/one.so"));
        Assert.NotNull(new FileInfo(_installation.At("bin/current")).LinkTarget);
    }

    [Fact]
    public async Task Is_never_undone_once_its_undo_began_to_be_forgotten()
    {
        await _log.Files.RemoveAsync("conf", Token);
        Directory.Move(_log.Location, _log.Location + ".committed");
        Assert.Empty(UndoLog.Find(_installation.Root));
        Assert.False(Directory.Exists(_installation.At("conf")));
        Assert.False(Directory.Exists(_installation.At("data/upgrade-undo")));
    }

    [Fact]
    public async Task Shows_readers_the_old_or_the_new_content_and_never_a_part()
    {
        var (old, fresh) = (new string('a', 300_000), new string('b', 200_000));
        await _log.Files.WriteAsync("file", old, Token);
        using CancellationTokenSource stop = new();
        var reads = 0;
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var seen = _installation.Read("file");
                Assert.True(seen == old || seen == fresh);
                Interlocked.Increment(ref reads);
            }
        }, Token);
        for (var i = 0; i < 50 || (Volatile.Read(ref reads) < 50 && !reader.IsCompleted); i++)
            await _log.Files.WriteAsync("file", i % 2 == 0 ? fresh : old, Token);
        await stop.CancelAsync();
        await reader;
    }
}
