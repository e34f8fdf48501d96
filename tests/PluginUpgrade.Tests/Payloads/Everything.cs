namespace PluginUpgrade.Tests.Payloads;

/// <summary>A step that uses every operation, and that comes back to the same names.</summary>
internal static class Everything
{
    public static async Task DoAsync(InstallationFiles files, CancellationToken cancellationToken)
    {
        await files.WriteAsync("conf/krang.conf", "new settings", cancellationToken);
        await files.WriteAsync("conf/new/deep/er.conf", "new", cancellationToken);
        await files.WriteAsync("bin/current", "through the link", cancellationToken);
        await files.MoveAsync("bin/lib/two.so", "bin/lib/three.so", cancellationToken);
        await files.MoveAsync("bin/lib/three.so", "old/four.so", cancellationToken);
        await files.WriteAsync("old/four.so", "four", cancellationToken);
        await files.WriteAsync("bin/lib/two.so", "new two", cancellationToken);
        await files.RemoveAsync("conf/secret", cancellationToken);
        await files.WriteAsync("conf/secret", "new secret", cancellationToken);
        await files.CopyAsync("bin", "backup/bin", cancellationToken);
        await files.WriteAsync("backup/bin/lib/one.so", "one of the copy", cancellationToken);
        await files.MoveAsync("backup", "backup2", cancellationToken);
        await files.MoveAsync("bin/dangling", "bin/still dangling", cancellationToken);
        await files.RemoveAsync("out", cancellationToken);
        await files.RemoveAsync("bin", cancellationToken);
        await files.MoveAsync("backup2/bin", "bin", cancellationToken);
        await files.RemoveAsync("empty", cancellationToken);
        await files.CopyAsync("bin/lib/one.so", "empty", cancellationToken);
    }
}
