using System.Globalization;
using Microsoft.Win32.SafeHandles;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Reports;

/// <summary>
/// The directory of log files, opened once: what happens to its name later leads nothing elsewhere. Files are the host's alone to read, and
/// only what krang-upgrade has made is removed.
/// </summary>
internal sealed class LogDirectory : IDisposable
{
    private const uint PrivateDirectory = 0x1c0, PrivateFile = 0x180;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private LogDirectory(string path, SafeFileHandle handle) => (_path, _handle) = (path, handle);

    /// <summary>Made where it is missing.</summary>
    /// <exception cref="IOException">Another user can write to it.</exception>
    public static LogDirectory Open(string directory)
    {
        LinkFree.MakeDirectories(directory, PrivateDirectory);
        var path = Libc.RealPath(directory);
        var handle = LinkFree.OpenDirectory(path);
        var state = Libc.Look(handle);
        if (Ownership.Fault(state, isFolder: true) is { } fault)
        {
            handle.Dispose();
            throw new IOException($"'{path}' {fault}, so no log is written there. Remove that right (chown, chmod go-w).");
        }
        // Of an earlier version: what is told of a run is not everybody's to read.
        if (state.IsOurs && state.Mode != PrivateDirectory) Libc.SetMode(handle, PrivateDirectory, path);
        return new LogDirectory(path, handle);
    }

    /// <summary>A new, empty file; the path to it leads through the open directory.</summary>
    public string MakeFile(string name)
    {
        var path = Path.Join(_path, name);
        using var made = Libc.OpenIn(_handle, name, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, path,
            PrivateFile);
        Libc.SetMode(made, PrivateFile, path);
        return Path.Join(Libc.NameOf(_handle), name);
    }

    /// <summary>All but the newest: files of ours with names that <see cref="RunLog"/> gives.</summary>
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
