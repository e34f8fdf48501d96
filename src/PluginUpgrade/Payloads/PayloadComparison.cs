using System.Security.Cryptography;
using PluginUpgrade.Files;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

internal enum FileActionKind
{
    /// <summary>The root has no such file.</summary>
    New,

    /// <summary>The root's file has other content.</summary>
    Replaced,

    /// <summary>The root's file has other content and is kept: the new file is written beside it.</summary>
    Beside,

    /// <summary>The root has the same content, in place or beside a kept file.</summary>
    Unchanged,
}

/// <param name="Target">The absolute path to write; for <see cref="FileActionKind.Beside"/>, the name with <c>.new</c>.</param>
/// <param name="Stale">
/// A <c>.new</c> file that krang-upgrade wrote and that is no longer needed, because the kept file is the same as the payload's: it is
/// removed.
/// </param>
internal sealed record FileAction(PayloadFile File, FileActionKind Kind, string Target, string? Stale = null);

/// <summary>
/// Compares a payload with the root: what happens to each file, and what prevents it. Only reads. It is repeated at the installation,
/// because files may have changed since.
/// </summary>
internal sealed class PayloadComparison
{
    /// <summary>The suffix of a new file beside a kept one.</summary>
    public const string NewSuffix = ".new";

    private const long Block = 4096;

    /// <summary>Extra space for the log and for directories.</summary>
    private const long Slack = 64 * 1024;

    private readonly InstallationPaths _paths;
    private readonly KeptPaths _kept;
    private readonly ulong _device;
    private readonly List<Problem> _problems = [];
    private readonly List<string> _removed = [], _left = [];
    private readonly HashSet<string> _named;
    private readonly IReadOnlyDictionary<string, string> _written;
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    /// <summary>Existing directories that are changed.</summary>
    private readonly SortedSet<string> _directories = new(StringComparer.Ordinal);

    /// <param name="kept">The operator's paths below the root.</param>
    public PayloadComparison(Payload payload, InstallationPaths paths, KeptPaths kept)
    {
        (_paths, _kept) = (paths, kept);
        _written = PayloadRecord.Read(paths.Root)?.Beside ?? new Dictionary<string, string>();
        var data = ExistingPath.Of(paths.Absolute(InstallationPaths.Data));
        _device = data.State.Device;
        _directories.Add(data.Path);
        _named = payload.Files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        Files = [.. payload.Files.Select(Look).OfType<FileAction>()];
        // In reverse order, a directory's entries come before the directory.
        foreach (var path in payload.Remove.Reverse()) TryRemove(path, payload);
        FindTwins();
        _problems.AddRange(_directories.Where(directory => !LinkFree.MayChange(directory)).Select(PayloadProblem.NotWritable));
        FindSpace(data.Path);
        Problems = Problem.Together(_problems);
    }

    public IReadOnlyList<FileAction> Files { get; }

    /// <summary>Files, links and empty directories to remove: absolute paths, in the order of removal.</summary>
    public IReadOnlyList<string> Removed => _removed;

    /// <summary>Directories that should be removed but hold other files.</summary>
    public IReadOnlyList<string> Left => _left;

    /// <summary>What prevents the installation; similar problems are combined.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    public IEnumerable<FileAction> Written => Files.Where(file => file.Kind != FileActionKind.Unchanged);

    public long Bytes => Written.Sum(file => file.File.Bytes);

    public PayloadEffect Effect => new(
        Count(FileActionKind.New), Count(FileActionKind.Replaced), Count(FileActionKind.Beside),
            Removed.Count + Files.Count(file => file.Stale is not null),
        Count(FileActionKind.Unchanged), Bytes);

    private int Count(FileActionKind action) => Files.Count(file => file.Kind == action);

    private FileAction? Look(PayloadFile file)
    {
        try
        {
            if (Resolve(file.Path) is not { } target) return null;
            var action = ActionFor(file, target);
            if (action is null) _problems.Add(PayloadProblem.InTheWay(file.Path, "something that is not a file"));
            else if (action.Kind != FileActionKind.Unchanged || action.Stale is not null)
                _directories.Add(ExistingPath.Of(LinkFree.Parent(target)).Path);
            return action;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add(PayloadProblem.Unreadable(file.Path, e.Message));
            return null;
        }
    }

    private FileAction? ActionFor(PayloadFile file, string target)
    {
        if (LinkFree.Look(target) is not { } existing) return new FileAction(file, FileActionKind.New, target);
        if (_kept.Matches(file.Path)) return Kept(file, target, existing.Kind);
        if (existing.Kind != FileKind.File) return null;
        return new FileAction(file, IsSame(file, target, existing.Kind) ? FileActionKind.Unchanged : FileActionKind.Replaced, target);
    }

    private FileAction? Kept(PayloadFile file, string target, FileKind kind)
    {
        var beside = target + NewSuffix;
        var older = LinkFree.Look(beside)?.Kind;
        if (IsSame(file, target, kind))
        {
            var isStale = older == FileKind.File && !_named.Contains(file.Path + NewSuffix) && IsOurs(file.Path + NewSuffix, beside);
            return new FileAction(file, FileActionKind.Unchanged, target, isStale ? beside : null);
        }
        if (older is not (null or FileKind.File)) return null;
        var isSame = older is not null && IsSame(file, beside, FileKind.File);
        return new FileAction(file, isSame ? FileActionKind.Unchanged : FileActionKind.Beside, beside);
    }

    /// <summary>Whether krang-upgrade wrote it, and nobody has changed it since.</summary>
    private bool IsOurs(string path, string target) => _written.TryGetValue(path, out var hash) && HashOf(target) == hash;

    /// <summary>
    /// The files beside kept ones that are krang-upgrade's after the installation: those of this payload and of earlier ones.
    /// </summary>
    public IReadOnlyDictionary<string, string> BesideAfterwards()
    {
        var after = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var removed = Removed.Concat(Files.Select(file => file.Stale)).ToHashSet();
        foreach (var (path, hash) in _written)
            if (!removed.Contains(_paths.Absolute(path))) after[path] = hash;
        foreach (var file in Files.Where(file => file.Kind == FileActionKind.Beside)) after[file.File.Path + NewSuffix] = file.File.Sha256;
        return after;
    }

    /// <summary>The target's path, free of links up to the last name; null where a problem was reported.</summary>
    private string? Resolve(string path)
    {
        try
        {
            var target = _paths.Resolve(path);
            var state = ExistingPath.Of(LinkFree.Parent(target)).State;
            if (state.Kind != FileKind.Directory) _problems.Add(PayloadProblem.InTheWay(path, "no directory for it"));
            else if (state.Device != _device) _problems.Add(PayloadProblem.OtherFileSystem(path));
            else return target;
        }
        catch (UnauthorizedAccessException e)
        {
            _problems.Add(PayloadProblem.Outside(path, e.Message));
        }
        return null;
    }

    /// <summary>Follows a link, as the program that reads the file does.</summary>
    private static bool IsSame(PayloadFile file, string path, FileKind kind)
    {
        if (kind == FileKind.Link) path = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        if (Libc.Look(path) is not { IsFile: true } state || state.Length != file.Bytes) return false;
        return HashOf(path) == file.Sha256;
    }

    private static string HashOf(string path)
    {
        using var content = RegularFile.Open(path, follow: false);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    private void TryRemove(string path, Payload payload)
    {
        try
        {
            Remove(path, payload);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add(PayloadProblem.Unreadable(path, e.Message));
        }
    }

    private void Remove(string path, Payload payload)
    {
        if (_kept.Matches(path) || Resolve(path) is not { } target || LinkFree.Look(target) is not { } state) return;
        var isEmptied = state.Kind != FileKind.Directory
            || !payload.Files.Any(file => InstallationPaths.Covers(path, file.Path))
            && LinkFree.Entries(target).All(_gone.Contains);
        if (!isEmptied || state.Kind == FileKind.Other) _left.Add(target);
        else
        {
            _removed.Add(target);
            _gone.Add(target);
            _directories.Add(LinkFree.Parent(target));
        }
    }

    private void FindTwins()
    {
        foreach (var twins in Written.GroupBy(file => file.Target).Where(group => group.Count() > 1))
            _problems.Add(PayloadProblem.WrittenTwice(_paths.Relative(twins.Key)));
    }

    private void FindSpace(string directory)
    {
        if (!Written.Any()) return;
        var needed = Written.Sum(file => (file.File.Bytes + Block - 1) / Block * Block) + Slack;
        var free = new DriveInfo(directory).AvailableFreeSpace;
        if (free < needed) _problems.Add(PayloadProblem.NoSpace(directory, needed, free));
    }
}
