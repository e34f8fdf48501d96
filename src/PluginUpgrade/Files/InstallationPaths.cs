using System.Text;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>The paths below an installation's root, and which of them modules may change.</summary>
internal sealed class InstallationPaths
{
    public const string Data = "data";
    public const string UndoLogs = "data/upgrade-undo";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public InstallationPaths(string root)
    {
        Root = Walk(root.StartsWith('/') ? "/" : Environment.CurrentDirectory, root, followLast: true);
        if (!Directory.Exists(Root)) throw new DirectoryNotFoundException($"The installation's root '{root}' does not exist.");
    }

    /// <summary>Absolute and free of links.</summary>
    public string Root { get; }

    /// <summary>The directory of the undo logs, free of links.</summary>
    public string Logs => Absolute(UndoLogs);

    public string Absolute(string relative) =>
        Covers(Data, relative) ? Path.Join(RealData, relative[Data.Length..]) : Path.Join(Root, relative);

    public string Relative(string absolute) => RealData is var data && Covers(data, absolute)
        ? Data + absolute[data.Length..] : absolute[(Root.Length == 1 ? 1 : Root.Length + 1)..];

    /// <summary>The operator may have put it on another disk, behind a link.</summary>
    private string RealData => Walk(Root, Data, followLast: true);

    /// <summary>Whether a path is the directory itself or below it. Both are normalised.</summary>
    public static bool Covers(string directory, string path) =>
        path.StartsWith(directory, StringComparison.Ordinal) &&
        (path.Length == directory.Length || directory.EndsWith('/') || path[directory.Length] == '/');

    /// <summary>The absolute path, free of links up to its last component; with <paramref name="followLast"/> in that too.</summary>
    /// <exception cref="UnauthorizedAccessException">A module may not change it.</exception>
    /// <exception cref="ArgumentException">It is not a valid path.</exception>
    public string Resolve(string path, bool followLast = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Contains('\0')) throw new ArgumentException("A path contains a NUL character.", nameof(path));
        _ = Strict.GetByteCount(path); // Half a surrogate pair would name another file than the one asked for.

        var real = Walk(path.StartsWith('/') ? "/" : Root, path, followLast);
        if (real == Root) throw new UnauthorizedAccessException($"'{path}' is the installation's root itself.");
        if (!Covers(Root, real)) throw new UnauthorizedAccessException($"'{path}' leads outside the installation's root '{Root}'.");
        // 'data' may be a link, so its undo logs have two names.
        foreach (var logs in (string[])[Path.Join(Root, UndoLogs), Walk(Root, UndoLogs, followLast: true)])
        {
            if (Covers(logs, real)) throw new UnauthorizedAccessException($"'{path}' is in krang-upgrade's undo log '{UndoLogs}'.");
            if (Covers(real, logs)) throw new UnauthorizedAccessException($"'{path}' contains krang-upgrade's undo log '{UndoLogs}'.");
        }
        return real;
    }

    private static string Walk(string start, string path, bool followLast) =>
        PathWalk.Follow(start, path, (entry, isLast) =>
            (followLast || !isLast) && LinkFree.Look(entry)?.Kind == FileKind.Link ? LinkFree.ReadLink(entry) : null)
        ?? throw new IOException($"'{path}' leads through more than {PathWalk.MaxLinks} symbolic links.");

    /// <summary>Whether the path is relative and has only one spelling.</summary>
    public static bool IsPlain(string path)
    {
        if (path.Contains('\0') || path.Split('/').Any(name => name is "" or "." or "..")) return false;
        try
        {
            // Half a surrogate pair would name another file than the one meant.
            return Strict.GetByteCount(path) > 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
