using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>
/// The undo log of a step's file changes: a directory <c>data/upgrade-undo/ID</c> with <c>log.jsonl</c> and the files that were moved
/// aside. It ends with <see cref="UndoAsync"/> or <see cref="ForgetAsync"/>. If krang-upgrade is killed before that, the next run finds the
/// log.
/// </summary>
public sealed class UndoLog
{
    private const string Undone = ".undone", Committed = ".committed";

    private readonly Disk _disk;
    private readonly InstallationPaths _paths;
    private readonly LogFile _log;
    private readonly Lock _oneAtATime = new();
    private readonly Lazy<Task<IDisposable>>? _guard;
    private bool _open;

    private UndoLog(Disk disk, InstallationPaths paths, LogFile log, bool open, Func<Task<IDisposable>>? guard = null)
    {
        (_disk, _paths, _log, _open) = (disk, paths, log, open);
#pragma warning disable VSTHRD011 // Its value is awaited, or read after completion; there is no synchronization context to return to.
        if (guard is not null) _guard = new Lazy<Task<IDisposable>>(guard);
#pragma warning restore VSTHRD011
        Files = Changes = new FileChanges(this, log, disk, paths);
    }

    public UndoOwner Owner => _log.Owner;

    /// <summary>The log's directory. It exists from the first change on.</summary>
    public string Location => _log.Home;

    /// <summary>For the module. Throws after the step has ended, and for a log that <see cref="Find(string)"/> returned.</summary>
    public InstallationFiles Files { get; }

    /// <summary>The same for krang-upgrade's own changes; used inside <see cref="ChangeAsync"/>.</summary>
    internal FileChanges Changes { get; }

    internal InstallationPaths Paths => _paths;

    internal Disk Disk => _disk;

    /// <summary>Writes nothing to disk before the first change.</summary>
    /// <param name="guard">Called before the first change: locks the files until its result is disposed, at the end of the log.</param>
    public static UndoLog Create(string root, UndoOwner owner, Func<Task<IDisposable>>? guard = null) =>
        Create(root, owner, beforeEach: null, guard);

    /// <summary>Whether logs may exist, of a killed or a running process. Needs no lock.</summary>
    public static bool MayExist(string root) => LinkFree.Look(new InstallationPaths(root).Logs) is not null;

    /// <summary>
    /// The logs that killed processes left, oldest first; the caller undoes the newest first. The caller holds the installation's lock.
    /// Deletes the rest of logs that had already ended.
    /// </summary>
    /// <exception cref="UpgradeException">A log is damaged (KU-5102), or other users could have written it (KU-5104, KU-5105).</exception>
    public static IReadOnlyList<UndoLog> Find(string root) => Find(root, beforeEach: null);

    /// <summary>
    /// After a failed step: undoes all changes, latest first. May be called again after it threw, and by another process after this one was
    /// killed.
    /// </summary>
    /// <exception cref="UpgradeException">
    /// A change cannot be undone (KU-5101): the others are undone, and the log stays. Or a warning (KU-5103): everything is undone, but the
    /// log could not be removed.
    /// </exception>
    public Task UndoAsync(CancellationToken cancellationToken) => EndAsync(() => Undo(cancellationToken), cancellationToken);

    /// <summary>After a committed step: its changes are final, and the kept files are deleted.</summary>
    /// <exception cref="UpgradeException">A warning (KU-5103): the kept files could not be deleted.</exception>
    public Task ForgetAsync(CancellationToken cancellationToken) => EndAsync(Forget, cancellationToken);

    /// <summary>Releases the lock without ending the log: the next run decides whether to keep or undo the changes.</summary>
    public void Leave()
    {
#pragma warning disable VSTHRD002 // It is completed, so nothing is waited for.
        if (_guard is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) _guard.Value.Result.Dispose();
#pragma warning restore VSTHRD002
    }

    internal static UndoLog Create(string root, UndoOwner owner, Action<string>? beforeEach, Func<Task<IDisposable>>? guard = null)
    {
        Disk disk = new(beforeEach);
        InstallationPaths paths = new(root);
        return new UndoLog(disk, paths, new LogFile(disk, paths, $"{Guid.CreateVersion7()}", owner), open: true, guard);
    }

    internal static IReadOnlyList<UndoLog> Find(string root, Action<string>? beforeEach)
    {
        Disk disk = new(beforeEach);
        InstallationPaths paths = new(root);
        var logs = paths.Logs;
        if (LinkFree.Look(logs) is null) return [];
        // Other entries are not ours to undo or delete. Ids are version 7 UUIDs, so they sort by time.
        var ids = LinkFree.Entries(logs).Select(path => Path.GetFileName(path)).Where(IsName).Order(StringComparer.Ordinal).ToList();
        Trust(logs, ids);
        List<UndoLog> found = [];
        foreach (var id in ids)
        {
            var log = Path.GetExtension(id) is Undone or Committed ? null : LogFile.Read(disk, paths, id);
            if (log is not null) found.Add(new UndoLog(disk, paths, log, open: false));
            else TryDeleteRest(disk, paths, id);
        }
        if (found.Count == 0) disk.TryDeleteDirectory(logs);
        return found;
    }

    /// <summary>A log's id, or the new name of one that has ended.</summary>
    private static bool IsName(string name) => Path.GetExtension(name) is "" or Undone or Committed
        && Guid.TryParseExact(Path.GetFileNameWithoutExtension(name), "D", out _);

    /// <summary>A user who can write to the logs, or replace a directory above them, could make this process move files.</summary>
    private static void Trust(string logs, List<string> ids)
    {
        if (ids.Count == 0) return;
        var all = ids.SelectMany(id => new[] { (Path.Join(logs, id), true), (Path.Join(logs, id, LogFile.Name), false) });
        var faults = Ownership.FaultsOf([(logs, true), .. all]);
        if (faults.Count > 0)
            throw new UpgradeException(Problem.Together(faults.Select(found => UndoProblem.NotOurs(found.Key, found.Value))));
    }

    internal async Task ChangeAsync(Action change, CancellationToken cancellationToken)
    {
        if (_guard is not null && _open) await _guard.Value;
        await RunAsync(() =>
        {
            if (!_open) throw new InvalidOperationException("The step has ended; its files can no longer be changed.");
            change();
        }, cancellationToken);
    }

    private async Task EndAsync(Action end, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(() =>
            {
                _open = false;
                end();
            }, cancellationToken);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Runs the work on the thread pool, because file operations block. The lock also waits for a change that the step did not await.
    /// </summary>
    private Task RunAsync(Action work, CancellationToken cancellationToken) => Task.Run(() =>
    {
        lock (_oneAtATime)
        {
            cancellationToken.ThrowIfCancellationRequested();
            work();
        }
    }, cancellationToken);

    private void Undo(CancellationToken cancellationToken)
    {
        var problems = new Undoing(_disk, _paths).Undo(_log, cancellationToken);
        if (problems.Count > 0) throw new UpgradeException(problems);
        Delete(Undone);
    }

    private void Forget()
    {
        if (_log.Entries.Any(entry => entry.Undone))
            throw new InvalidOperationException($"The step's file changes are partly undone, so they cannot be kept. See '{Location}'.");
        Delete(Committed);
    }

    private void Delete(string suffix)
    {
        try
        {
            _log.Delete(suffix);
        }
        catch (Exception e) when (FileError.Is(e))
        {
            throw new UpgradeException(UndoProblem.Leftover(Location + suffix, e.Message), e);
        }
    }

    private static void TryDeleteRest(Disk disk, InstallationPaths paths, string name)
    {
        try
        {
            LogFile.DeleteRest(disk, paths, name);
        }
        catch (Exception e) when (FileError.Is(e))
        {
            // It was reported when the step ended, and nobody needs it.
        }
    }
}
