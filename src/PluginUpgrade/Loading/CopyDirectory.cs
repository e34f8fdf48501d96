using PluginUpgrade.Catalogue;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Loading;

/// <summary>
/// A directory that only this process uses and only its user may enter, for copies of modules while they are loaded. It is locked while the
/// process lives, so that a later process can recognise the directories of killed ones.
/// </summary>
internal sealed class CopyDirectory : IDisposable
{
    private const string LockName = "lock";
    private const int Tries = 5;

    private readonly HostLock _lock;

    private CopyDirectory(string path, HostLock held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>The directory that the operator chose, and knows.</summary>
    public string Parent => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Whether native libraries may be loaded from here.</summary>
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

    /// <summary>Both null where another process removed the directory at this moment, as the rest of a killed one.</summary>
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
            // Another process removed it before it was locked.
            return default;
        }
    }

    /// <summary>Removes what killed processes of this user left: directories with this name whose lock nobody holds.</summary>
    private static void Sweep(string parent, string except)
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var left in Copies(parent))
        {
            if (left == except || Libc.Look(left) is not { IsDirectory: true, IsOurs: true }) continue;
            try
            {
                Remove(left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process is also removing it, or has just created it.
            }
        }
    }

    private static string[] Copies(string parent)
    {
        try
        {
            return Directory.GetDirectories(parent, $"{CopiedPaths.ModulesAreCopiedTo}*");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // This user may create directories there, but not list them.
            return [];
        }
    }

    private static void Remove(string left)
    {
        var file = System.IO.Path.Join(left, LockName);
        if (!File.Exists(file))
        {
            // Only if it is empty: the process that created it may be about to lock it, and will notice.
            Directory.Delete(left);
            return;
        }
        using var held = HostLock.TryExclusive(file);
        if (held is not null) Directory.Delete(left, recursive: true);
    }

    /// <summary>Parent directories get the usual mode: others may enter them, but not write.</summary>
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
            // Another process removed it before its mode was set.
            return false;
        }
    }

    /// <summary>On a file system mounted noexec, the kernel refuses execution to everybody, also to root.</summary>
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
            // Files mapped into the process stay usable.
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later process removes it.
        }
        _lock.Dispose();
    }
}
