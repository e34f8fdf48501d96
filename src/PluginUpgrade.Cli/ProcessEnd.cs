using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli;

/// <summary>
/// Ends the process after its last output, without the ordinary exit: exit handlers and threads that modules left behind could hang, write
/// more output, or change the exit code.
/// </summary>
internal static class ProcessEnd
{
    public static void Now(int exitCode)
    {
        try
        {
            StandardStreams.Out.Flush();
            StandardStreams.Error.Flush();
        }
        catch (Exception)
        {
            // Nobody reads the output any more.
        }
        if (OperatingSystem.IsWindows()) Environment.Exit(exitCode);
        RemoveRuntimeFiles();
        Descriptor.EndProcess(exitCode);
    }

    /// <summary>Removes the runtime's sockets and pipes for debuggers: only an ordinary exit removes them.</summary>
    private static void RemoveRuntimeFiles()
    {
        try
        {
            string[] names = [$"dotnet-diagnostic-{Environment.ProcessId}-*-socket", $"clr-debug-pipe-{Environment.ProcessId}-*"];
            foreach (var file in names.SelectMany(name => Directory.EnumerateFiles(Path.GetTempPath(), name))) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Leftover files do no harm.
        }
    }
}
