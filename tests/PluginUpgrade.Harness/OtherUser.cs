using System.Diagnostics;

namespace PluginUpgrade.Harness;

/// <summary>Another user of the machine, hostile. Takes root to be played.</summary>
public static class OtherUser
{
    public const int Id = 65534;

    public static bool CanBePlayed => Environment.IsPrivilegedProcess && OperatingSystem.IsLinux();

    /// <summary>Gives a file or directory to the user, without following a link.</summary>
    public static void Give(string path) => Root("chown", "-h", $"{Id}:{Id}", path);

    /// <summary>Runs a program as the user to its end; what it says.</summary>
    public static void Run(params string[] command) => Root(["setpriv", .. Becoming, .. command]);

    /// <summary>Starts a program as the user. The caller kills it.</summary>
    public static Process Start(params string[] command) => Process.Start("setpriv", [.. Becoming, .. command]);

    /// <summary>Puts a link to elsewhere in the place of a directory, and back, as fast as it can.</summary>
    public static Process Swap(string directory, string elsewhere) => Start("perl", "-e", """
        my ($directory, $elsewhere) = @ARGV;
        while (1) {
          rename($directory, "$directory.kept"); symlink($elsewhere, $directory);
          unlink($directory); rename("$directory.kept", $directory);
        }
        """, directory, elsewhere);

    private static string[] Becoming => [$"--reuid={Id}", $"--regid={Id}", "--clear-groups", "--"];

    private static void Root(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
