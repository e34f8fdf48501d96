using PluginUpgrade.Unix;

namespace PluginUpgrade.Settings;

/// <summary>
/// Checks the files that krang-upgrade obeys: the settings, its own files in <c>data/</c>, and programs and commands that the settings
/// name. Only root and krang-upgrade's user may write to them. Modules, payload and saves are checked where they are read.
/// </summary>
public static class ObeyedFiles
{
    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres", "pg_dump", "pg_restore", "psql"];

    /// <param name="file">As given on the command line.</param>
    public static IReadOnlyList<Problem> Find(HostSettings settings, string? file)
    {
        List<(string, bool)> entries = [.. Settings(settings.Root, file), .. Data(settings)];
        if (settings.PostgresBin is { } bin)
            entries.AddRange([(bin, true), .. Programs.Select(name => (Path.Combine(bin, name), false))]);
        foreach (var command in Commands(settings))
            foreach (var path in CommandFiles.Of(command, settings.Root))
                entries.AddRange([(path, false), (Path.GetDirectoryName(path)!, true)]);
        return Problems(settings, entries);
    }

    /// <param name="plan">A plan that will be run: it says what is upgraded, and what is allowed.</param>
    public static IReadOnlyList<Problem> FindOfPlan(HostSettings settings, string plan) =>
        Problems(settings, [(Path.GetDirectoryName(Path.GetFullPath(plan))!, true), (Path.GetFullPath(plan), false)]);

    private static IReadOnlyList<Problem> Problems(HostSettings settings, List<(string, bool)> entries) =>
        Problem.Together(Ownership.FaultsOf(entries)
            .Select(found => SettingsProblem.Insecure(found.Key, found.Value, settings.AllowInsecureModules)));

    /// <summary>The directories too: somebody could put another file there.</summary>
    private static IEnumerable<(string, bool)> Settings(string root, string? file)
    {
        foreach (var path in SettingsSources.Files(root, file))
        {
            yield return (Path.GetDirectoryName(path)!, true);
            yield return (path, false);
        }
    }

    private static IEnumerable<(string, bool)> Data(HostSettings settings)
    {
        var data = Path.Combine(settings.Root, "data");
        yield return (data, true);
        yield return (Path.Combine(data, "payload.json"), false);
        foreach (var name in (string[])["upgrade-undo", "upgrade-logs"]) yield return (Path.Combine(data, name), true);
        if (settings.Installation.Database is null) yield return (Path.Combine(data, "postgres"), true);
    }

    private static IEnumerable<string> Commands(HostSettings settings) =>
        ((OperatorHook?[])[settings.Hooks.Before, settings.Hooks.After, settings.Hooks.OnFailure]).OfType<OperatorHook>()
            .Select(hook => hook.Command).Concat(settings.Run.Gates.Select(gate => gate.Command).OfType<string>());
}
