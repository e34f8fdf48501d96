using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>The file changes of a step; each is written to the log before it is done.</summary>
internal sealed class FileChanges(UndoLog owner, LogFile log, Disk disk, InstallationPaths paths) : InstallationFiles
{
    public override Task MoveAsync(string from, string to, CancellationToken cancellationToken = default) =>
        owner.ChangeAsync(() => Move(from, to), cancellationToken);

    public override Task CopyAsync(string from, string to, CancellationToken cancellationToken = default) =>
        owner.ChangeAsync(() => Copy(from, to, cancellationToken), cancellationToken);

    public override Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        owner.ChangeAsync(() => Write(path, content.Span), cancellationToken);

    public override Task RemoveAsync(string path, CancellationToken cancellationToken = default) =>
        owner.ChangeAsync(() => Remove(path), cancellationToken);

    private void Move(string from, string to)
    {
        var source = paths.Resolve(from);
        var target = paths.Resolve(to);
        var state = Present(source, from);
        Absent(target);
        if (InstallationPaths.Covers(source, target)) throw new IOException($"'{from}' cannot be moved into itself, to '{to}'.");
        if (DeviceFor(target) != state.Device) throw new IOException($"'{from}' and '{to}' are on different file systems.");
        log.Begin();
        MakeParents(target);
        log.Add(new Change(ChangeKind.Moved, paths.Relative(source), paths.Relative(target), state.Inode));
        disk.Rename(source, target);
    }

    private void Copy(string from, string to, CancellationToken cancellationToken)
    {
        var source = paths.Resolve(from);
        var target = paths.Resolve(to);
        Present(source, from);
        Absent(target);
        log.Begin();
        var prepared = Prepare(target, path => new TreeCopy(disk, cancellationToken).Copy(source, path));
        MakeParents(target);
        Create(prepared, target);
    }

    /// <summary>Follows a link to a file below the root, like any program that writes to it.</summary>
    private void Write(string path, ReadOnlySpan<byte> content)
    {
        var target = paths.Resolve(path, followLast: true);
        var existing = LinkFree.Look(target);
        if (existing is { Kind: not FileKind.File }) throw new IOException($"'{path}' exists and is not a file.");
        log.Begin();
        var bytes = content.ToArray();
        var prepared = Prepare(target, path =>
        {
            disk.WriteNew(path, bytes);
            if (existing is { } model) disk.Resemble(path, model);
        });
        Put(prepared, target);
    }

    /// <summary>Moves a prepared file into place: replaces a file, or creates one.</summary>
    /// <param name="directoryLike">Mode and owner of each parent directory that is created; null: the defaults of this process.</param>
    public void Put(string prepared, string target, Func<string, FileState>? directoryLike = null)
    {
        if (LinkFree.Look(target) is not null)
        {
            Replace(prepared, target);
            return;
        }
        MakeParents(target, directoryLike);
        Create(prepared, target);
    }

    private void Remove(string path)
    {
        var target = paths.Resolve(path);
        Present(target, path);
        PutAside(target);
    }

    /// <summary>Creates something in the log's directory, where a failure leaves nothing in the way.</summary>
    public string Prepare(string target, Action<string> make)
    {
        log.Begin();
        var prepared = log.NewStash();
        if (DeviceFor(prepared) != DeviceFor(target))
            throw new IOException($"'{target}' and the undo log '{InstallationPaths.UndoLogs}' are on different file systems.");
        try
        {
            make(prepared);
            disk.Sync(LinkFree.Parent(prepared));
            return prepared;
        }
        catch (Exception e) when (FileError.Is(e) || e is OperationCanceledException or UpgradeException)
        {
            // The disk may be full: free the space.
            disk.DeleteTree(prepared);
            throw;
        }
    }

    private void Create(string prepared, string target)
    {
        log.Add(new Change(ChangeKind.Created, paths.Relative(target), paths.Relative(prepared)));
        disk.Rename(prepared, target);
    }

    private void Replace(string prepared, string target)
    {
        var original = log.NewStash();
        log.Add(new Change(ChangeKind.Replaced, paths.Relative(target), paths.Relative(original)));
        if (disk.TryLink(target, original))
        {
            disk.RenameOver(prepared, target);
            return;
        }
        // Without hard links, a reader may find no file for a moment, but never a part of one.
        PutAside(target);
        Create(prepared, target);
    }

    public void PutAside(string target)
    {
        log.Begin();
        var stash = log.NewStash();
        log.Add(new Change(ChangeKind.Removed, paths.Relative(target), paths.Relative(stash)));
        disk.Rename(target, stash);
    }

    private void MakeParents(string path, Func<string, FileState>? like = null)
    {
        var existing = ExistingPath.Of(LinkFree.Parent(path));
        if (!existing.State.IsDirectory) throw new IOException($"'{existing.Path}' is not a directory, so '{path}' cannot be created.");
        foreach (var parent in existing.Missing)
        {
            log.Add(new Change(ChangeKind.Made, paths.Relative(parent)));
            disk.MakeDirectory(parent, Disk.UsualDirectory);
            if (like is not null) disk.Resemble(parent, like(parent));
        }
    }

    private static FileState Present(string path, string given) =>
        LinkFree.Look(path) ?? throw new FileNotFoundException($"'{given}' does not exist.", path);

    private static void Absent(string path)
    {
        if (LinkFree.Look(path) is not null) throw Libc.AlreadyThere(path);
    }

    /// <summary>The file system of a path, which need not exist.</summary>
    private static ulong DeviceFor(string path) => ExistingPath.Of(path).State.Device;
}
