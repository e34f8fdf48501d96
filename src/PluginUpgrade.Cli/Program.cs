using PluginUpgrade.Cli;
using PluginUpgrade.Cli.Terminal;

StandardStreams.Take();
// With fewer files the runtime does not even find its own assemblies, and says that they are missing.
if (OperatingSystem.IsLinux() && Descriptor.Limit() < SystemFailure.FilesNeeded)
{
    StandardStreams.Error.WriteLine($"""
        error KU-9003 This process may have only {Descriptor.Limit()} files and connections open, and needs {SystemFailure.FilesNeeded}.
          -> Raise its limit (ulimit -n), and run the same command; nothing was changed.
        """);
    Environment.Exit(2);
}
var exitCode = await CommandLine.RunAsync(args);
ProcessEnd.Now(exitCode);
