using System.Diagnostics;
using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

/// <summary>On a file system of 256 KiB where root can mount one, else with a disk that only says so.</summary>
public sealed class AFullDisk : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("krang-full-").FullName;
    private readonly bool _mounted;
    private bool _full;

    public AFullDisk()
    {
        _mounted = Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", _root) == 0;
        Directory.CreateDirectory(Path.Join(_root, "conf"));
        Directory.CreateDirectory(Path.Join(_root, "data"));
        File.WriteAllText(Path.Join(_root, "conf/a"), "old a");
        File.WriteAllText(Path.Join(_root, "conf/b"), "old b");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (_mounted) Run("umount", _root);
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Fails_the_change_and_loses_nothing()
    {
        var before = TreeDigest.Of(_root);
        var log = Begin();
        await log.Files.WriteAsync("conf/a", "new a", Token);
        await log.Files.RemoveAsync("conf/b", Token);
        _full = true;
        var failure = await Assert.ThrowsAnyAsync<IOException>(() => log.Files.WriteAsync("conf/a", new byte[1 << 20], Token));
        Assert.Contains("space", failure.Message, StringComparison.OrdinalIgnoreCase);
        _full = false;
        Assert.Equal("new a", await File.ReadAllTextAsync(Path.Join(_root, "conf/a"), Token));
        await log.UndoAsync(Token);
        Assert.Equal(before, TreeDigest.Of(_root));
    }

    [Fact]
    public async Task Without_one_byte_to_spare_is_undone_all_the_same()
    {
        var before = TreeDigest.Of(_root);
        var log = Begin();
        await log.Files.WriteAsync("conf/a", "new a", Token);
        var fillers = 0;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            // First whole pages, then as many changes as the log's last page holds.
            if (_mounted) Fill(Path.Join(_root, "data/filler"));
            for (; fillers < 1000; fillers++)
            {
                var (from, to) = fillers % 2 == 0 ? ("conf/b", "conf/c") : ("conf/c", "conf/b");
                await log.Files.MoveAsync(from, to, Token);
                _full = fillers >= 6;
            }
        });
        Assert.NotEqual(before, TreeDigest.Of(_root));
        await Assert.Single(UndoLog.Find(_root)).UndoAsync(Token);
        File.Delete(Path.Join(_root, "data/filler"));
        Assert.Equal(before, TreeDigest.Of(_root));
    }

    [Fact]
    public async Task From_the_start_leaves_not_even_a_log()
    {
        var before = TreeDigest.Of(_root);
        var log = Begin();
        if (_mounted) Fill(Path.Join(_root, "data/filler"));
        _full = true;
        await Assert.ThrowsAnyAsync<IOException>(() => log.Files.RemoveAsync("conf/a", Token));
        _full = false;
        await log.UndoAsync(Token);
        File.Delete(Path.Join(_root, "data/filler"));
        Assert.Equal(before, TreeDigest.Of(_root));
    }

    private UndoLog Begin()
    {
        if (_mounted) return UndoLog.Create(_root, TemporaryInstallation.Owner);
        return UndoLog.Create(_root, TemporaryInstallation.Owner, operation =>
        {
            if (_full && operation.StartsWith("write", StringComparison.Ordinal))
                throw new IOException("No space left on device");
        });
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (; ; ) file.Write(new byte[512]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
