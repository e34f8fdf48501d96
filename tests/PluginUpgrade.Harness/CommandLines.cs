using System.Diagnostics;

namespace PluginUpgrade.Harness;

/// <summary>Lines as they are typed into a shell in which <c>krang-upgrade</c> is found.</summary>
public static class CommandLines
{
    /// <summary>Runs one in bash; nobody answers its questions.</summary>
    public static async Task<HostResult> RunAsync(string line, string directory = "/")
    {
        var start = new ProcessStartInfo("env", ["--default-signal=INT,TERM", "bash", "--norc", "-c", line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory,
        };
        start.Environment["PATH"] = PathWithProgram;
        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        var output = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new HostResult(shell.ExitCode, await output, await error);
    }

    public static string PathWithProgram => $"{Path.GetDirectoryName(BuiltFiles.Program)}:{Environment.GetEnvironmentVariable("PATH")}";
}
