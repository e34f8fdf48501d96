namespace PluginUpgrade.Postgres.Embedded;

/// <summary>A lock between hosts on one machine: a file that is locked while it is open, so that a killed host lets go of it.</summary>
/// <remarks>On Unix .NET's FileShare is flock(2): None takes the file exclusively, Read shares it.</remarks>
internal sealed class HostLock : IDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _file;

    private HostLock(FileStream file) => _file = file;

    public void Dispose() => _file.Dispose();

    /// <summary>Null where others hold it.</summary>
    public static HostLock? TryExclusive(string file)
    {
        try
        {
            // A network file system locks exclusively only what may be written; elsewhere reading, all that another user may do, is enough.
            return TryOpen(file, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException)
        {
            return TryOpen(file, FileAccess.Read, FileShare.None);
        }
    }

    /// <summary>Null where somebody holds it exclusively.</summary>
    public static HostLock? TryShared(string file) => TryOpen(file, FileAccess.Read, FileShare.Read);

    /// <exception cref="UpgradeException">KU-6012: another host held it for all of <paramref name="timeout"/>.</exception>
    public static async Task<HostLock> ExclusiveAsync(string file, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (TryExclusive(file) is { } taken) return taken;
            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                throw new UpgradeException(new Problem("KU-6012", file,
                    $"Another krang-upgrade has been starting or stopping the embedded server for {timeout.TotalSeconds:0} seconds.",
                    $"See which process it is (fuser -v '{file}'), wait for it or end it, and try again."));
            }
            await Task.Delay(PollTime, cancellationToken);
        }
    }

    private static HostLock? TryOpen(string file, FileAccess access, FileShare share)
    {
        try
        {
            return new HostLock(new FileStream(file, FileMode.OpenOrCreate, access, share, bufferSize: 0));
        }
        catch (IOException e) when (e.HResult is 11 or 35)
        {
            return null; // EWOULDBLOCK, on Linux and on BSD
        }
    }
}
