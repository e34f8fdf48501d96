using PluginUpgrade.Files;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

/// <param name="Beside">Kept files with a new file beside them; relative to the root.</param>
/// <param name="Left">Directories that should be removed but are not empty.</param>
public sealed record PayloadOutcome(PayloadEffect Effect, IReadOnlyList<string> Beside, IReadOnlyList<string> Left);

/// <summary>
/// Installs new program files over the root's, with each change in the undo log. All files are first copied to a private place, and the
/// written bytes are hashed; only then they are renamed into place. Files that are already installed are not touched, so it can be
/// repeated.
/// </summary>
/// <param name="kept">The operator's paths below the root.</param>
public sealed class PayloadInstallation(Payload payload, KeptPaths kept, Guid run, TimeProvider time)
{
    private const uint UsualDirectory = 0x1ed, UsualFile = 0x1a4, Permissions = 0x1ff;

    private static readonly IReadOnlyDictionary<string, string> NoFiles = new Dictionary<string, string>();

    /// <summary>The effect on this root as it is now, and what prevents it. Changes nothing.</summary>
    public static (PayloadEffect Effect, IReadOnlyList<Problem> Problems) Preview(Payload payload, KeptPaths kept, string root)
    {
        PayloadComparison comparison = new(payload, new InstallationPaths(root), kept);
        // Copies of a killed process take space until the next run has undone them. That run checks the space again.
        var room = !UndoLog.MayExist(root);
        return (comparison.Effect, [.. comparison.Problems.Where(problem => room || problem.Code != PayloadProblem.NoSpaceCode)]);
    }

    /// <param name="log">The log that can undo all of it.</param>
    /// <param name="progress">Called with the bytes copied so far, and the total.</param>
    /// <exception cref="UpgradeException">Something prevents the installation, or a file has changed since it was checked.</exception>
    public async Task<PayloadOutcome> InstallAsync(UndoLog log, Action<long, long> progress, CancellationToken cancellationToken)
    {
        PayloadOutcome? outcome = null;
        await log.ChangeAsync(() => outcome = Install(log, progress, cancellationToken), cancellationToken);
        return outcome!;
    }

    private PayloadOutcome Install(UndoLog log, Action<long, long> progress, CancellationToken cancellationToken)
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
        Record(log, comparison.BesideAfterwards());
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

    /// <summary>Owner and mode of the existing file. For a new file: its directory's owner, and the mode from the payload.</summary>
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

    /// <summary>The state of the nearest existing parent directory.</summary>
    private static FileState OwnerAt(string path) => ExistingPath.Of(LinkFree.Parent(path)).State;

    /// <summary>Written last and in the same log, so it is undone with the rest.</summary>
    private void Record(UndoLog log, IReadOnlyDictionary<string, string> beside)
    {
        if (PayloadRecord.Read(log.Paths.Root) is { } known && known.Is(payload) && beside.SequenceEqual(known.Beside ?? NoFiles)) return;
        PayloadRecord record = new(payload.Version.Text, payload.Sha256, time.GetUtcNow(), run)
        {
            Beside = beside.Count > 0 ? beside : null,
        };
        var target = log.Paths.Resolve(PayloadRecord.Path);
        log.Changes.Put(log.Changes.Prepare(target, path =>
        {
            log.Disk.WriteNew(path, record.Bytes());
            log.Disk.Resemble(path, OwnerAt(target) with { Kind = FileKind.File, Mode = UsualFile });
        }), target);
    }
}
