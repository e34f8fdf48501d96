using PluginUpgrade.Cli;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Unix;

StandardStreams.Take();
if (OpenFiles.AreTooFew(args.Contains("--json"))) ProcessEnd.Now(2);
var exitCode = await CommandLine.RunAsync(args);
ProcessEnd.Now(exitCode);
