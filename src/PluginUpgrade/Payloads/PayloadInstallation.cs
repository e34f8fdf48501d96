using PluginUpgrade.Files;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

/// <param name="Beside">Kept files that a new one lies beside; from the root.</param>
/// <param name="Left">Directories that were to go and are not empty.</param>
public sealed record PayloadOutcome(PayloadEffect Effect, IReadOnlyList<string> Beside, IReadOnlyList<string> Left);

/// <summary>
/// Lays new program files over the root's, each change in the undo log: all are copied first, to where nobody sees them, with the hash of
/// what was written; only then they are renamed into place. What is installed already is not touched, so it may be done again.
/// </summary>
/// <param name="kept">What of the root is the operator's.</param>
public sealed class PayloadInstallation(Payload payload, KeptPaths kept, Guid run, TimeProvider time)
{
    private const uint UsualDirectory = 0x1ed, UsualFile = 0x1a4, Permissions = 0x1ff;

    /// <summary>What it comes to in this root as it is, and what is in the way. Changes nothing.</summary>
    public static (PayloadEffect Effect, IReadOnlyList<Problem> Problems) Preview(Payload payload, KeptPaths kept, string root)
    {
        PayloadComparison comparison = new(payload, new InstallationPaths(root), kept);
        // What a killed process had copied takes room until the next run has undone it; that one looks again.
        var room = !UndoLog.MayExist(root);
        return (comparison.Effect, [.. comparison.Problems.Where(problem => room || problem.Code != PayloadProblem.NoSpaceCode)]);
    }

    /// <param name="log">Undoes all of it where it is not forgotten.</param>
    /// <param name="progress">Told how many bytes of how many are copied.</param>
    /// <exception cref="UpgradeException">Something is in the way, or a file has changed since it was looked at.</exception>
    public async Task<PayloadOutcome> InstallAsync(UndoLog log, Action<long, long> progress, CancellationToken cancellationToken)
    {
        PayloadOutcome? outcome = null;
        await log.ChangeAsync(() => outcome = Lay(log, progress, cancellationToken), cancellationToken);
        return outcome!;
    }

    private PayloadOutcome Lay(UndoLog log, Action<long, long> progress, CancellationToken cancellationToken)
    {
        PayloadComparison comparison = new(payload, log.Paths, kept);
        if (comparison.Problems.Count > 0) throw new UpgradeException(comparison.Problems);
        List<(string Prepared, string Target)> staged = [];
        var (done, total) = (0L, comparison.Bytes);
        foreach (var file in comparison.Written)
        {
            cancellationToken.ThrowIfCancellationRequested();
            staged.Add((Stage(log, file), file.Target));
            progress(done += file.File.Bytes, total);
            SeededFault.Point("payload file staged");
        }
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (prepared, target) in staged)
        {
            log.Changes.Put(prepared, target, directory => DirectoryLike(log.Paths, directory));
            SeededFault.Point("payload file laid");
        }
        foreach (var path in comparison.Files.Select(file => file.Stale).OfType<string>().Concat(comparison.Removed))
        {
            log.Changes.PutAside(path);
            SeededFault.Point("file removed for a payload");
        }
        Record(log);
        SeededFault.Point("payload laid");
        var beside = comparison.Written.Where(file => file.Kind == FileActionKind.Beside).Select(file => file.File.Path);
        return new PayloadOutcome(comparison.Effect, [.. beside], [.. comparison.Left.Select(log.Paths.Relative)]);
    }

    private string Stage(UndoLog log, FileAction file)
    {
        var source = Path.Join(payload.Folder, file.File.Path);
        return log.Changes.Prepare(file.Target, path =>
        {
            if (log.Disk.CopyHashed(source, path, FileLike(file, source)) != file.File.Sha256)
                throw new UpgradeException(PayloadProblem.Moved(file.File.Path));
        });
    }

    /// <summary>Owner and mode of the file that is there; of a new one its directory's owner, and the mode that it comes with.</summary>
    private static FileState FileLike(FileAction file, string source)
    {
        var live = file.Kind == FileActionKind.Beside ? file.Target[..^PayloadComparison.NewSuffix.Length] : file.Target;
        if (LinkFree.Look(live) is { Kind: FileKind.File } existing) return existing;
        return OwnerAt(file.Target) with
        {
            Kind = FileKind.File,
            Mode = (file.File.Mode ?? Libc.Look(source)?.Mode ?? UsualFile) & Permissions,
        };
    }

    private FileState DirectoryLike(InstallationPaths paths, string directory) => OwnerAt(directory) with
    {
        Mode = (Libc.Look(Path.Join(payload.Folder, paths.Relative(directory)))?.Mode ?? UsualDirectory) & Permissions,
    };

    /// <summary>The nearest directory above it that exists.</summary>
    private static FileState OwnerAt(string path) => ExistingPath.Of(LinkFree.Parent(path)).State;

    /// <summary>Last, and in the same log: it is undone with the rest.</summary>
    private void Record(UndoLog log)
    {
        if (PayloadRecord.Read(log.Paths.Root)?.Is(payload) == true) return;
        PayloadRecord record = new(payload.Version.Text, payload.Sha256, time.GetUtcNow(), run);
        var target = log.Paths.Resolve(PayloadRecord.Path);
        log.Changes.Put(log.Changes.Prepare(target, path =>
        {
            log.Disk.WriteNew(path, record.Bytes());
            log.Disk.Resemble(path, OwnerAt(target) with { Kind = FileKind.File, Mode = UsualFile });
        }), target);
    }
}
