using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>
/// Held by the one process that changes the installation's files, from a step's first change until the changes are final or undone. The
/// target's lock is not enough: it ends with its session, and a suspended process does not notice that. This lock ends with the process
/// (flock(2) on the root directory), so a suspended process keeps it.
/// </summary>
public sealed class FilesLock : IDisposable
{
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(50);
    private readonly IDisposable? _held;

    private FilesLock(IDisposable? held) => _held = held;

    /// <exception cref="UpgradeException">KU-5028: another process held it for all of <paramref name="patience"/>.</exception>
    public static Task<FilesLock> TakeAsync(string root, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var poll = new Poll(patience, BetweenTries, time);
        return poll.UntilAsync(() => Libc.TryLockDirectory(root, out var held) ? new FilesLock(held)
            : poll.IsOver ? throw new UpgradeException(UndoProblem.HeldByAnother(root)) : null, cancellationToken);
    }

    public void Dispose() => _held?.Dispose();
}
