using PluginUpgrade.Catalogue;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Loading;

/// <summary>
/// A directory that only this process uses and only its user may enter: copies of modules lie in it while they are loaded. It is locked as
/// long as the process lives, so that a later one can tell what a killed one has left behind.
/// </summary>
internal sealed class CopyDirectory : IDisposable
{
    private const string LockName = "lock";
    private const int Tries = 5;

    private readonly HostLock _lock;

    private CopyDirectory(string path, HostLock held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>The one that people know of.</summary>
    public string Parent => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Whether code may be loaded from here that the system itself loads.</summary>
    public bool MayExecute { get; private init; } = true;

    public static (CopyDirectory? Made, Problem? Problem) Make(ModuleCopies copies)
    {
        var parent = System.IO.Path.GetFullPath(copies.Directory ?? System.IO.Path.GetTempPath());
        parent = System.IO.Path.TrimEndingDirectorySeparator(parent);
        try
        {
            if (copies.Directory is not null && !Directory.Exists(parent)) MakeWithParents(parent);
            for (var tries = 0; tries < Tries; tries++)
                if (TryMake(parent, copies.AllowInsecure) is var answer && answer != default) return answer;
            return (null, ModuleProblem.NoCopy(parent, "Another process removes files from it."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, ModuleProblem.NoCopy(parent, e.Message));
        }
    }

    /// <summary>Neither where another process took it for a killed one's leftover in this very moment.</summary>
    private static (CopyDirectory? Made, Problem? Problem) TryMake(string parent, bool allowInsecure)
    {
        var path = System.IO.Path.Join(parent, $"{CopiedPaths.ModulesAreCopiedTo}{Environment.ProcessId}-{Random.Shared.Next():x8}");
        if (!MakePrivate(path)) return default;
        if (!allowInsecure && Ownership.FaultsOf([(path, true)]) is { Count: > 0 } faults)
        {
            Directory.Delete(path);
            return (null, ModuleProblem.InsecureCopy(parent, faults));
        }
        var file = System.IO.Path.Join(path, LockName);
        try
        {
            if (HostLock.TryExclusive(file) is not { } held) return default;
            Sweep(parent, except: path);
            return (new CopyDirectory(path, held) { MayExecute = MayExecuteIn(file) }, null);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            // Another process swept it before it was locked.
            return default;
        }
    }

    /// <summary>What killed processes of this user left: directories of that name, whose lock nobody holds.</summary>
    private static void Sweep(string parent, string except)
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var left in Directory.GetDirectories(parent, $"{CopiedPaths.ModulesAreCopiedTo}*"))
        {
            if (left == except || Libc.Look(left) is not { IsDirectory: true, IsOurs: true }) continue;
            try
            {
                Remove(left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process sweeps too, or has just made it.
            }
        }
    }

    private static void Remove(string left)
    {
        var file = System.IO.Path.Join(left, LockName);
        if (!File.Exists(file))
        {
            // Only where it is empty: its maker may be about to lock it, and will notice.
            Directory.Delete(left);
            return;
        }
        using var held = HostLock.TryExclusive(file);
        if (held is not null) Directory.Delete(left, recursive: true);
    }

    /// <summary>Others may enter those above it, as is usual, and write to none.</summary>
    private static void MakeWithParents(string path)
    {
        var above = System.IO.Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(above);
        else Directory.CreateDirectory(above, (UnixFileMode)0b111_101_101);
        MakePrivate(path);
    }

    private static bool MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return true;
        }
        var above = Libc.RealPath(System.IO.Path.GetDirectoryName(path)!);
        try
        {
            return LinkFree.TryMakeDirectory(System.IO.Path.Join(above, System.IO.Path.GetFileName(path)), 0x1c0);
        }
        catch (FileNotFoundException) when (Directory.Exists(above))
        {
            // Another process swept it before it had its mode.
            return false;
        }
    }

    /// <summary>The kernel says no to everybody, root too, where the file system is mounted noexec.</summary>
    private static bool MayExecuteIn(string file)
    {
        if (OperatingSystem.IsWindows()) return true;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Libc.MayExecute(file);
    }

    public void Dispose()
    {
        try
        {
            // What is mapped into the process stays there.
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later process removes it.
        }
        _lock.Dispose();
    }
}
