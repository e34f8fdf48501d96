using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

public sealed class AStepThatFails : IDisposable
{
    private readonly TemporaryInstallation _installation = new();
    private readonly UndoLog _log;

    public AStepThatFails() => _log = _installation.Begin();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _installation.Dispose();

    [Fact]
    public async Task Leaves_everything_as_it_was()
    {
        await Everything.DoAsync(_log.Files, Token);
        Assert.NotEqual(_installation.Before, _installation.Digest());
        Assert.True(File.Exists(Path.Join(_log.Location, "log.jsonl")));
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Leaves_nothing_where_it_changed_nothing()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => _log.Files.RemoveAsync("nothing", Token));
        Assert.Equal(_installation.Before, _installation.Digest());
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Takes_a_data_directory_along_that_was_not_there()
    {
        Directory.Delete(_installation.At("data"), recursive: true);
        var before = _installation.Digest();
        await _log.Files.WriteAsync("data/a", "a", Token);
        await _log.UndoAsync(Token);
        Assert.Equal(before, _installation.Digest());
    }

    [Fact]
    public async Task Keeps_a_directory_that_somebody_put_a_file_into()
    {
        await _log.Files.WriteAsync("made/here/a", "a", Token);
        File.WriteAllText(_installation.At("made/theirs"), "theirs");
        await _log.UndoAsync(Token);
        Assert.Equal("theirs", _installation.Read("made/theirs"));
        Assert.False(Directory.Exists(_installation.At("made/here")));
        Assert.False(Directory.Exists(_log.Location));
    }

    [Fact]
    public async Task May_change_no_more_files_afterwards()
    {
        await _log.UndoAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _log.Files.WriteAsync("a", "a", Token));
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Puts_back_the_very_file_not_a_copy()
    {
        var other = _installation.At("second name");
        using (var process = System.Diagnostics.Process.Start("ln", [_installation.At("conf/krang.conf"), other])) process.WaitForExit();
        await _log.Files.WriteAsync("conf/krang.conf", "new", Token);
        Assert.Equal("old settings", File.ReadAllText(other));
        await _log.UndoAsync(Token);
        File.WriteAllText(other, "written by its second name");
        Assert.Equal("written by its second name", _installation.Read("conf/krang.conf"));
    }

    [Fact]
    public async Task Undoes_what_was_done_before_a_change_that_failed()
    {
        await _log.Files.WriteAsync("a/b", "b", Token);
        await Assert.ThrowsAsync<IOException>(() => _log.Files.MoveAsync("a", "a/b/c", Token));
        await Assert.ThrowsAsync<IOException>(() => _log.Files.MoveAsync("conf/secret", "a/b", Token));
        await Assert.ThrowsAsync<IOException>(() => _log.Files.CopyAsync("conf/secret", "bin/dangling", Token));
        await Assert.ThrowsAsync<IOException>(() => _log.Files.WriteAsync("a/b/c", "below a file", Token));
        await Assert.ThrowsAsync<IOException>(() => _log.Files.WriteAsync("bin", "a directory", Token));
        await Assert.ThrowsAsync<FileNotFoundException>(() => _log.Files.CopyAsync("nothing", "b", Token));
        await Assert.ThrowsAsync<FileNotFoundException>(() => _log.Files.MoveAsync("conf/secret/below", "b", Token));
        await _log.UndoAsync(Token);
        Assert.Equal(_installation.Before, _installation.Digest());
    }

    [Fact]
    public async Task Cannot_copy_a_pipe_and_does_not_wait_for_its_writer()
    {
        using (var process = System.Diagnostics.Process.Start("mkfifo", [_installation.At("conf/pipe")])) process.WaitForExit();
        await Assert.ThrowsAsync<IOException>(() => _log.Files.CopyAsync("conf", "conf2", Token));
        await Assert.ThrowsAsync<IOException>(() => _log.Files.WriteAsync("conf/pipe", "x", Token));
        await _log.UndoAsync(Token);
        File.Delete(_installation.At("conf/pipe"));
        Assert.Equal(_installation.Before, _installation.Digest());
    }
}
