using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>
/// The undo log of one step's changes of files: a directory <c>data/upgrade-undo/ID</c> with <c>log.jsonl</c> and what was moved aside.
/// It ends with <see cref="UndoAsync"/> or <see cref="ForgetAsync"/>; where krang-upgrade is killed before, the next one finds it.
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
#pragma warning disable VSTHRD011 // Its value is awaited, or looked at once it is completed; there is no context to come back to.
        if (guard is not null) _guard = new Lazy<Task<IDisposable>>(guard);
#pragma warning restore VSTHRD011
        Files = Changes = new FileChanges(this, log, disk, paths);
    }

    public UndoOwner Owner => _log.Owner;

    /// <summary>The log's directory, which exists from the first change on.</summary>
    public string Location => _log.Home;

    /// <summary>For the module. Refuses once the step has ended, and where the log was found.</summary>
    public InstallationFiles Files { get; }

    /// <summary>The same, for krang-upgrade's own changes: inside <see cref="ChangeAsync"/>.</summary>
    internal FileChanges Changes { get; }

    internal InstallationPaths Paths => _paths;

    internal Disk Disk => _disk;

    /// <summary>Makes nothing on disk before the first change.</summary>
    /// <param name="guard">
    /// Asked for before the first change: keeps others away from the files until what it answers is disposed, at the end of the log.
    /// </param>
    public static UndoLog Create(string root, UndoOwner owner, Func<Task<IDisposable>>? guard = null) =>
        Create(root, owner, beforeEach: null, guard);

    /// <summary>Whether there may be logs, of a killed process or of one at work. Needs no lock.</summary>
    public static bool MayExist(string root) => LinkFree.Look(new InstallationPaths(root).Logs) is not null;

    /// <summary>
    /// The logs that killed hosts left, oldest first: where there are several, the last is undone first. The caller holds the
    /// installation's lock. What is left of logs that had ended already is deleted.
    /// </summary>
    /// <exception cref="UpgradeException">A log is damaged (KU-5102), or others could have written it (KU-5104, KU-5105).</exception>
    public static IReadOnlyList<UndoLog> Find(string root) => Find(root, beforeEach: null);

    /// <summary>
    /// The step failed: all is put back as it was before it, latest change first. May be called again after it threw, and in another
    /// process after this one was killed.
    /// </summary>
    /// <exception cref="UpgradeException">
    /// Something is in the way (KU-5101): the rest is undone, the log stays. Or, with nothing but warnings (KU-5103): all is undone, and
    /// the log could not be removed.
    /// </exception>
    public Task UndoAsync(CancellationToken cancellationToken) => EndAsync(() => Undo(cancellationToken), cancellationToken);

    /// <summary>The step was committed: its changes are final, and what was kept is deleted.</summary>
    /// <exception cref="UpgradeException">That could not be deleted: a warning (KU-5103).</exception>
    public Task ForgetAsync(CancellationToken cancellationToken) => EndAsync(Forget, cancellationToken);

    /// <summary>Ends nothing: whether the changes are kept or undone is the next run's to find out, and it may do so now.</summary>
    public void Leave()
    {
#pragma warning disable VSTHRD002 // It is completed: nothing is waited for.
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
        // What else somebody keeps here is not ours to delete. Version 7: in the order of time.
        var ids = LinkFree.Entries(logs).Select(path => Path.GetFileName(path))
            .Where(name => Guid.TryParseExact(Path.GetFileNameWithoutExtension(name), "D", out _)).Order(StringComparer.Ordinal).ToList();
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

    /// <summary>Who could write here, or exchange a directory above, could make this process move files.</summary>
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

    /// <summary>The disk has no asynchronous calls; a step that did not wait for its last change is waited for here.</summary>
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was told when the step ended, and holds nothing that anybody needs.
        }
    }
}
