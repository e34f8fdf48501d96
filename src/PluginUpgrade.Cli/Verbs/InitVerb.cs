using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>A first krang-upgrade.json, for the embedded server, and the drop folder. Never over settings that are there.</summary>
public static class InitVerb
{
    public static Command Create(SharedOptions shared) =>
        new Command("init", "Write a first krang-upgrade.json with a private PostgreSQL server, and make upgrade/.")
            .Does(shared, context => Task.FromResult(Run(context, shared)));

    private static int Run(VerbContext context, SharedOptions shared)
    {
        var root = Path.GetFullPath(context.Value(shared.Root) ?? ".");
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
            Write(file, Settings(root, modules));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpgradeException(new Problem("KU-1116", file,
                $"The file could not be written: {e.Message}", "Check permissions and free space, then run the same command."), e);
        }
        if (context.Output.IsJson) context.Output.Json(new { Outcome = "done", ExitCode = 0, Settings = file, Modules = modules });
        context.Output.WriteResult($"Written: {file}. Put modules into {modules}.");
        context.Output.WriteResult(
            $"Next: add your instances below Instances, put modules into the folder, then run: {NextCommand.Of("plan")}");
        return 0;
    }

    private static string Settings(string root, string modules)
    {
        var installation = new JsonObject { ["Name"] = Path.GetFileName(root), ["Embedded"] = true };
        if (modules != Path.Combine(root, "upgrade")) installation["Modules"] = modules;
        var settings = new JsonObject { ["Installation"] = installation, ["Instances"] = new JsonObject() };
        return settings.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    /// <summary>Fails where somebody else has made the file in the meantime.</summary>
    private static void Write(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    }
}
