using System.Diagnostics;

namespace PluginUpgrade.Harness;

/// <summary>Named pipes: who opens one to read waits until somebody opens it to write.</summary>
public static class Pipes
{
    public static void Make(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>In the place of what is there.</summary>
    public static void Replace(string path)
    {
        File.Delete(path);
        Make(path);
    }
}
