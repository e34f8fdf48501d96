using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli;

/// <summary>
/// Ends the process after the last word. Modules have registered what is called when a process exits in the ordinary way, and left threads
/// behind: they could hang there, write after the last word, or change the exit code.
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
            // Nobody reads it any more.
        }
        if (OperatingSystem.IsWindows()) Environment.Exit(exitCode);
        RemoveRuntimeFiles();
        Descriptor.EndProcess(exitCode);
    }

    /// <summary>The runtime's sockets and pipes for debuggers, which it removes itself when it exits in the ordinary way.</summary>
    private static void RemoveRuntimeFiles()
    {
        try
        {
            string[] names = [$"dotnet-diagnostic-{Environment.ProcessId}-*-socket", $"clr-debug-pipe-{Environment.ProcessId}-*"];
            foreach (var file in names.SelectMany(name => Directory.EnumerateFiles(Path.GetTempPath(), name))) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are in nobody's way.
        }
    }
}
