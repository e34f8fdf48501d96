using PluginUpgrade.Cli;

var exitCode = await CommandLine.RunAsync(args);
// Not by returning: a module may have left a thread of its own that never ends.
Environment.Exit(exitCode);
