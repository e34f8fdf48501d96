using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginUpgrade.Unix;

/// <summary>
/// A lock between processes on one machine: a file that is locked while it is open, so that a killed process releases it.
/// </summary>
internal sealed class HostLock : IDisposable
{
    private const uint ForAllToRead = 0x1a4;

    private static readonly Pause BetweenTries = Pause.OfMilliseconds(50);
    private readonly SafeFileHandle _file;

    private HostLock(SafeFileHandle file) => _file = file;

    public void Dispose() => _file.Dispose();

    /// <summary>Null if others hold it.</summary>
    public static HostLock? TryExclusive(string file)
    {
        try
        {
            // A network file system grants an exclusive lock only on a file opened for writing. Elsewhere reading is enough, which is all
            // that another user may do.
            return TryOpen(file, OpenFlags.ReadWrite, exclusive: true);
        }
        catch (UnauthorizedAccessException)
        {
            return TryOpen(file, 0, exclusive: true);
        }
    }

    /// <summary>Null if somebody holds it exclusively.</summary>
    public static HostLock? TryShared(string file) => TryOpen(file, 0, exclusive: false);

    /// <exception cref="UpgradeException">KU-6012: another process held it for all of <paramref name="timeout"/>.</exception>
    public static Task<HostLock> ExclusiveAsync(string file, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var poll = new Poll(timeout, BetweenTries, TimeProvider.System);
        return poll.UntilAsync(() => TryExclusive(file) ?? (poll.IsOver ? throw IsHeld(file, timeout) : null), cancellationToken);
    }

    private static UpgradeException IsHeld(string file, TimeSpan timeout) => new(new Problem("KU-6012", file,
        $"Another krang-upgrade has been starting or stopping the embedded server for {timeout.TotalSeconds:0} seconds.",
        $"Find the process (fuser -v '{file}'). Wait until it ends, or end it; then run the same command."));

    /// <summary>Refuses a link in the place of the lock: this process would create a file where the link leads.</summary>
    private static HostLock? TryOpen(string file, int access, bool exclusive)
    {
        var flags = access | OpenFlags.Create | OpenFlags.NoFollow | OpenFlags.NonBlocking;
        if (Path.GetDirectoryName(file) is not { } above || !Directory.Exists(above))
            throw new DirectoryNotFoundException($"The directory of '{file}' does not exist.");
        using var directory = Libc.Open(above, OpenFlags.NameOnly | OpenFlags.Directory);
        var opened = RegularFile.Checked(Libc.OpenIn(directory, Path.GetFileName(file), flags, file, ForAllToRead), file);
        try
        {
            var state = Libc.Look(opened);
            // With any umask.
            if (state.IsOurs && state.Mode != ForAllToRead) Libc.SetMode(opened, ForAllToRead, file);
            // A file system without such locks excludes nobody.
            if (Libc.TryLock(opened, exclusive) || Marshal.GetLastPInvokeError() != Libc.WouldBlock) return new HostLock(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
        opened.Dispose();
        return null;
    }
}
