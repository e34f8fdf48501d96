using PluginUpgrade.Cli;
using PluginUpgrade.Cli.Terminal;

StandardStreams.Take();
var exitCode = await CommandLine.RunAsync(args);
// Not by returning: a module may have left a thread of its own that never ends.
Environment.Exit(exitCode);
