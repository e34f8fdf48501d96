using PluginUpgrade.Cli;

var exitCode = await CommandLine.RunAsync(args);
ProcessEnd.Now(exitCode);
