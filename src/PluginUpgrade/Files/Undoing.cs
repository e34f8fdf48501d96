using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>Undoes the changes of a log, latest first. If it is interrupted, it can be run again.</summary>
internal sealed class Undoing(Disk disk, InstallationPaths paths)
{
    public IReadOnlyList<Problem> Undo(LogFile log, CancellationToken cancellationToken)
    {
        List<Problem> problems = [];
        List<Change> stuck = [];
        foreach (var entry in log.Entries.Reverse().Where(entry => !entry.Undone))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // While a later change of the same path is not undone, undoing this one would change the wrong file.
            var cause = stuck.Find(later => entry.Change.Touches(later));
            var problem = cause is null ? TryUndo(entry.Change) : Waiting(entry.Change, cause);
            if (problem is null)
            {
                log.MarkUndone(entry);
                continue;
            }
            problems.Add(problem);
            stuck.Add(entry.Change);
        }
        return problems;
    }

    private Problem? TryUndo(Change change)
    {
        try
        {
            return Undo(change);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UndoProblem.Failed(paths.Absolute(change.Path), Original(change), e.Message.TrimEnd('.'));
        }
    }

    /// <summary>For each kind, the existing files show whether the change was made, and whether it is already undone.</summary>
    private Problem? Undo(Change change)
    {
        var path = paths.Absolute(change.Path);
        var other = paths.Absolute(change.Other);
        switch (change.Kind)
        {
            case ChangeKind.Made:
                // A directory that is not empty holds files of others, so it stays.
                disk.TryDeleteDirectory(path);
                return null;

            case ChangeKind.Created:
                if (Exists(path) && !Exists(other)) disk.Rename(path, other);
                return null;

            case ChangeKind.Replaced:
                // If the file was not replaced yet, both names are the same file, and the kernel does nothing.
                if (Exists(other)) disk.RenameOver(other, path);
                return null;

            default:
                var present = LinkFree.Look(path);
                if (!Exists(other)) return present is null ? UndoProblem.Lost(path, other) : null;
                if (present is { } it)
                {
                    var neverMoved = change.Kind == ChangeKind.Moved && it.Inode == change.Inode;
                    return neverMoved ? null : UndoProblem.InTheWay(path, other);
                }
                disk.Rename(other, path);
                return null;
        }
    }

    private Problem Waiting(Change change, Change cause) =>
        UndoProblem.Waits(paths.Absolute(change.Path), Original(change), paths.Absolute(cause.Path));

    private string Original(Change change) =>
        change.Kind is ChangeKind.Made or ChangeKind.Created ? "" : paths.Absolute(change.Other);

    private static bool Exists(string path) => LinkFree.Look(path) is not null;
}
