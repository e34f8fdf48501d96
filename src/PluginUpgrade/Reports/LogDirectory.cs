using System.Globalization;
using Microsoft.Win32.SafeHandles;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Reports;

/// <summary>
/// The directory of log files, opened once: later changes to its name do not redirect it. Only krang-upgrade's user can read the files, and
/// only files that krang-upgrade created are removed.
/// </summary>
internal sealed class LogDirectory : IDisposable
{
    private const uint PrivateDirectory = 0x1c0, PrivateFile = 0x180;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private LogDirectory(string path, SafeFileHandle handle) => (_path, _handle) = (path, handle);

    /// <summary>Creates the directory if it is missing.</summary>
    /// <exception cref="IOException">Another user can write to it.</exception>
    public static LogDirectory Open(string directory)
    {
        LinkFree.MakeDirectories(directory, PrivateDirectory);
        var path = Libc.RealPath(directory);
        var handle = LinkFree.OpenDirectory(path);
        try
        {
            var state = Libc.Look(handle);
            if (Ownership.Fault(state, isFolder: true) is { } fault)
                throw new IOException($"'{path}' {fault}, so no log is written there. Remove that right (chown, chmod go-w).");
            // An earlier version may have created it; not everybody may read what happened in a run.
            if (state.IsOurs && state.Mode != PrivateDirectory) Libc.SetMode(handle, PrivateDirectory, path);
            return new LogDirectory(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Creates an empty file; the returned path leads through the open directory.</summary>
    public string MakeFile(string name)
    {
        var path = Path.Join(_path, name);
        using var made = Libc.OpenIn(_handle, name, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, path,
            PrivateFile);
        Libc.SetMode(made, PrivateFile, path);
        return Path.Join(Libc.NameOf(_handle), name);
    }

    /// <summary>Removes all but the newest of krang-upgrade's files that have names of <see cref="RunLog"/>.</summary>
    public void RemoveOld(int keep)
    {
        // Names sort by time: the oldest come first.
        var ours = Directory.EnumerateFileSystemEntries(Libc.NameOf(_handle)).Select(entry => Path.GetFileName(entry)).Where(IsOurs)
            .Order(StringComparer.Ordinal).ToList();
        foreach (var old in ours.SkipLast(keep)) Libc.DeleteIn(_handle, old, Path.Join(_path, old));
    }

    private bool IsOurs(string name) =>
        IsName(name) && Libc.LookIn(_handle, name) is { IsFile: true, IsOurs: true };

    /// <summary>As in <c>20261127T231859Z-0198a000000070008000000000000001.jsonl</c></summary>
    private static bool IsName(string name) => name.Length == 55 && name[16] == '-' && name.EndsWith(".jsonl", StringComparison.Ordinal)
        && name[17..49].All(char.IsAsciiHexDigitLower)
        && DateTime.TryParseExact(name[..16], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    public void Dispose() => _handle.Dispose();
}
