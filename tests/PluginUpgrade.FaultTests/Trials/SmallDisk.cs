using System.Diagnostics;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>A file system in memory, so small that it can be filled. Needs the right to mount.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly string _ballast;

    private SmallDisk(string path) => (Path, _ballast) = (path, System.IO.Path.Combine(path, "ballast"));

    public string Path { get; }

    /// <summary>Over a directory that exists; null where this process may not mount.</summary>
    /// <param name="ofAll">Whether every user may write there: a server of another user does.</param>
    public static SmallDisk? TryMount(string directory, int megabytes, bool ofAll = false) =>
        Environment.IsPrivilegedProcess
        && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode={(ofAll ? "1777" : "0755")}", "tmpfs", directory) == 0
            ? new SmallDisk(directory) : null;

    /// <summary>Fills it, so that no more than this is free.</summary>
    public void Leave(long bytes)
    {
        MakeRoom();
        var excess = new DriveInfo(Path).AvailableFreeSpace - bytes;
        if (excess <= 0) return;
        // The system takes the space at once.
        using var file = new FileStream(_ballast, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            PreallocationSize = excess,
        });
    }

    public void MakeRoom() => File.Delete(_ballast);

    /// <summary>At once where somebody still has a file open: the file system goes when that is closed.</summary>
    public void Dispose() => Run("umount", "--lazy", Path);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
