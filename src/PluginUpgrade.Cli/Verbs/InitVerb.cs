using System.CommandLine;
using System.Text.Json;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Settings;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Writes a first krang-upgrade.json for the embedded server, and creates the drop folder. Never replaces a file.</summary>
public static class InitVerb
{
    public static Command Create(SharedOptions shared) =>
        new Command("init", "Write a first krang-upgrade.json with a private PostgreSQL server, and create upgrade/.")
            .Does(shared, context => Task.FromResult(Run(context, shared)));

    private static int Run(VerbContext context, SharedOptions shared)
    {
        var root = Path.GetFullPath(context.Root);
        if (!Directory.Exists(root)) throw new UpgradeException(SettingsProblem.NoRoot(root));
        var file = Path.GetFullPath(context.Value(shared.Config) ?? SettingsSources.FileName, root);
        var modules = context.Value(shared.Modules) is { } folder ? Path.GetFullPath(folder) : Path.Combine(root, "upgrade");
        if (Path.Exists(file) || new FileInfo(file).LinkTarget is not null)
            throw new UpgradeException(new Problem("KU-1115", file,
                "The settings file exists already; it was not changed.", "Edit it, or name another directory with --root DIR."));
        try
        {
            context.OnBegin();
            Directory.CreateDirectory(modules);
            WholeFile.Write(file, Settings(root, modules), overwrite: false);
        }
        catch (Exception e) when (FileError.Is(e))
        {
            throw new UpgradeException(new Problem("KU-1116", file,
                $"The file could not be written: {e.Message}", "Check permissions and free space, then run the same command."), e);
        }
        if (context.Output.IsJson) context.Output.Json(Outcome.Done, 0, [], new { Settings = file, Modules = modules });
        context.Output.WriteResult($"Written: {file}. Put modules into {modules}.");
        context.Output.WriteResult("Next: add your instances below Instances.");
        context.Output.WriteResult($"For a first module: {NextCommand.Of("new 1.001")}");
        context.Output.WriteResult($"Then: {NextCommand.Of("plan")}");
        return 0;
    }

    private static string Settings(string root, string modules)
    {
        var other = modules == Path.Combine(root, "upgrade") ? "" : $",\n    \"Modules\": {Text(modules)}";
        return $$"""
            {
              // Comments are allowed. docs/settings.md lists every key; krang-upgrade check finds mistakes.
              "Installation": {
                "Name": {{Text(Path.GetFileName(root))}},
                // A private PostgreSQL server in data/postgres, made by the first upgrade. For a server that is there,
                // write instead: "Database": "Host=localhost;Database=krang;Username=krang"
                "Embedded": true{{other}}
              },
              // Each instance is a schema of that database, or a database of its own.
              "Instances": {
                // "acme": { "Schema": "acme" },
                // "globex": { "Database": "Database=globex", "Labels": { "ring": "canary" } }
              }
              // Where a table lists the instances: "Discover": { "Query": "SELECT name, name AS schema FROM accounts" }
            }

            """;
    }

    private static string Text(string value) => JsonSerializer.Serialize(value);
}
