using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

public sealed class PathsThatLeadOutside : IDisposable
{
    private readonly TemporaryInstallation _installation = new();
    private readonly UndoLog _log;

    public PathsThatLeadOutside() => _log = _installation.Begin();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _installation.Dispose();

    [Theory]
    [InlineData("../outside")]
    [InlineData("..")]
    [InlineData("conf/../../outside")]
    [InlineData("nothing/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("/")]
    [InlineData("out/outside")]
    [InlineData("out/sub/deeper")]
    [InlineData("out/../outside")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("conf/..")]
    [InlineData("data")]
    [InlineData("data/upgrade-undo")]
    [InlineData("data/upgrade-undo/x")]
    [InlineData("./data//upgrade-undo/")]
    [InlineData("conf/../data")]
    public async Task Are_refused_by_every_operation_and_named(string path)
    {
        Func<Task>[] all =
        [
            () => _log.Files.WriteAsync(path, "x", Token),
            () => _log.Files.RemoveAsync(path, Token),
            () => _log.Files.MoveAsync(path, "new", Token),
            () => _log.Files.MoveAsync("conf/secret", path, Token),
            () => _log.Files.CopyAsync(path, "new", Token),
            () => _log.Files.CopyAsync("conf/secret", path, Token),
        ];
        foreach (var one in all)
        {
            var refusal = await Assert.ThrowsAsync<UnauthorizedAccessException>(one);
            Assert.Contains($"'{path}'", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Are_refused_where_data_is_a_link_elsewhere()
    {
        Directory.Move(_installation.At("data"), _installation.At("var"));
        File.CreateSymbolicLink(_installation.At("data"), "var");
        await _log.Files.WriteAsync("conf/secret", "x", Token);
        foreach (var path in (string[])["var", "var/upgrade-undo", "data", Path.Join(_log.Location, "log.jsonl")])
            await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _log.Files.MoveAsync(path, "new", Token));
        await _log.UndoAsync(Token);
        Assert.Equal("hush", _installation.Read("conf/secret"));
    }

    [Fact]
    public async Task Are_refused_through_a_link_to_a_link_and_a_circle_of_links_fails()
    {
        File.CreateSymbolicLink(_installation.At("hop"), "conf/hop");
        File.CreateSymbolicLink(_installation.At("conf/hop"), "../../");
        File.CreateSymbolicLink(_installation.At("circle"), "circle");
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _log.Files.WriteAsync("hop/new", "x", Token));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _log.Files.WriteAsync("hop", "x", Token));
        await Assert.ThrowsAsync<IOException>(() => _log.Files.WriteAsync("circle/new", "x", Token));
    }

    [Fact]
    public async Task Are_no_matter_to_a_link_that_is_itself_moved_copied_or_removed()
    {
        await _log.Files.CopyAsync("out", "out2", Token);
        await _log.Files.MoveAsync("out", "conf/out3", Token);
        await _log.Files.RemoveAsync("out2", Token);
        Assert.Equal(_installation.Outer, new FileInfo(_installation.At("conf/out3")).LinkTarget);
        Assert.True(File.Exists(Path.Join(_installation.Outer, "outside")));
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Are_not_those_that_come_back_to_the_root()
    {
        File.CreateSymbolicLink(_installation.At("self"), _installation.Root);
        var link = Path.Join(_installation.Outer, "by another name");
        Directory.CreateSymbolicLink(link, _installation.Root);
        await _log.Files.WriteAsync("self/conf/a", "a", Token);
        await _log.Files.WriteAsync(Path.Join(link, "conf/b"), "b", Token);
        await _log.Files.WriteAsync(_installation.At("conf/../conf/./c"), "c", Token);
        Assert.Equal("abc", _installation.Read("conf/a") + _installation.Read("conf/b") + _installation.Read("conf/c"));
        await UndoLog.Find(link)[0].UndoAsync(Token);
        Assert.False(File.Exists(_installation.At("conf/a")));
    }

    [Fact]
    public async Task Are_no_paths_with_a_nul_or_half_a_character()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _log.Files.WriteAsync("a\0b", "x", Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _log.Files.WriteAsync("a\ud800", "x", Token));
        Assert.Equal(_installation.Before, _installation.Digest());
    }
}
