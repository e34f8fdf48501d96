using PluginUpgrade.Cli;

return await CommandLine.RunAsync(args);
