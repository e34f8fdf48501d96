using System.Diagnostics;

namespace PluginUpgrade.Harness;

/// <summary>Programs of the system that a test needs.</summary>
public static class Shell
{
    /// <summary>Runs one that is to succeed, and answers what it writes.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
        return output;
    }
}
