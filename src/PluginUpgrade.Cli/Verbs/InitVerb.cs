using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>A first krang-upgrade.json, for the embedded server, and the drop folder. Never over settings that are there.</summary>
public static class InitVerb
{
    public static Command Create(SharedOptions shared) =>
        new Command("init", "Write a first krang-upgrade.json, for a PostgreSQL server of the installation's own, and make upgrade/.")
            .Does(shared, context => Task.FromResult(Run(context, shared)));

    private static int Run(VerbContext context, SharedOptions shared)
    {
        var root = Path.GetFullPath(context.Value(shared.Root) ?? ".");
        if (!Directory.Exists(root)) throw new UpgradeException(SettingsProblem.NoRoot(root));
        var file = Path.GetFullPath(context.Value(shared.Config) ?? SettingsSources.FileName, root);
        var modules = context.Value(shared.Modules) is { } folder ? Path.GetFullPath(folder) : Path.Combine(root, "upgrade");
        if (Path.Exists(file) || new FileInfo(file).LinkTarget is not null)
            throw new UpgradeException(new Problem("KU-1115", file,
                "There are settings already: they stay as they are.", "Change them by hand, or name another directory with --root DIR."));
        try
        {
            context.OnBegin();
            Directory.CreateDirectory(modules);
            Write(file, Settings(root, modules));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpgradeException(new Problem("KU-1116", file,
                $"It could not be written: {e.Message}", "See to the rights and the room, then run the same command."), e);
        }
        if (context.Output.IsJson) context.Output.Json(new { Outcome = "done", ExitCode = 0, Settings = file, Modules = modules });
        context.Output.WriteResult($"Written: {file}. Modules belong into {modules}.");
        context.Output.WriteResult("Next: name your instances below Instances, put modules into the folder, then: krang-upgrade plan");
        return 0;
    }

    private static string Settings(string root, string modules)
    {
        var installation = new JsonObject { ["Name"] = Path.GetFileName(root), ["Embedded"] = true };
        if (modules != Path.Combine(root, "upgrade")) installation["Modules"] = modules;
        var settings = new JsonObject { ["Installation"] = installation, ["Instances"] = new JsonObject() };
        return settings.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    /// <summary>Fails where somebody else has made the file meanwhile.</summary>
    private static void Write(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    }
}
