using PluginUpgrade;
using PluginUpgrade.Cli;
using PluginUpgrade.Cli.Terminal;

MachineCulture.Take();
StandardStreams.Take();
// With fewer open files the runtime cannot load its own assemblies, and reports them as missing.
if (OperatingSystem.IsLinux() && Descriptor.Limit() < SystemFailure.FilesNeeded)
{
    var message = $"This process can open only {Descriptor.Limit()} files and connections, but it needs {SystemFailure.FilesNeeded}.";
    const string remedy = "Nothing was changed. Raise the limit (ulimit -n), then run the same command.";
    if (args.Contains("--json"))
        StandardStreams.Out.WriteLine($$"""
            { "servers": [], "outcome": "refused", "exitCode": 2,
              "problems": [{ "code": "KU-9003", "subject": "", "message": "{{message}}", "remedy": "{{remedy}}", "severity": "error" }] }
            """);
    else StandardStreams.Error.WriteLine($"error KU-9003 {message}\n  -> {remedy}");
    ProcessEnd.Now(2);
}
var exitCode = await CommandLine.RunAsync(args);
ProcessEnd.Now(exitCode);
