using PluginUpgrade.Cli;
using PluginUpgrade.Unix;

if (OpenFiles.AreTooFew(args.Contains("--json"))) Environment.Exit(2);
var exitCode = await CommandLine.RunAsync(args);
// Not by returning: a module may have left a thread of its own that never ends.
Environment.Exit(exitCode);
