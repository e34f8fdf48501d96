using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Whether an installation without a configured database has a server of its own. A lost setting must never lead to another server, so
/// either the settings must say so, or the server's files must exist.
/// </summary>
public static class EmbeddedChoice
{
    /// <summary>Whether there is a cluster. A broken one counts too; starting it will report what is wrong.</summary>
    public static bool IsThere(HostSettings settings) => Directory.Exists(Path.Combine(Place(settings), "cluster"));

    /// <summary>Whether the settings ask for a server that does not exist yet.</summary>
    public static bool IsToBeMade(HostSettings settings, IReadOnlyList<Problem> known) =>
        settings.Installation.Database is null && !IsThere(settings) && Problem(settings, known) is null;

    /// <param name="known">Other problems of the settings: if nothing could be read, a missing database is not reported.</param>
    /// <returns>Null if it is known which server is meant.</returns>
    public static Problem? Problem(HostSettings settings, IReadOnlyList<Problem> known)
    {
        var own = settings.Installation;
        if (own.Database is not null || own.Embedded is true || (own.Embedded is null && IsThere(settings))) return null;
        if (known.Any(problem => problem.Code is "KU-1001" or "KU-1002" or "KU-1009" || problem.Subject is "Installation:Database"))
            return null;
        return SettingsProblem.NoDatabase(Place(settings), Hint(settings));
    }

    public static string Question(HostSettings settings) =>
        $"No database is configured. A new and empty PostgreSQL server will be created in {Place(settings)}.";

    private static string Place(HostSettings settings) => EmbeddedServer.DirectoryBelow(settings.Root);

    /// <summary>Settings files of other environments: one of them may have the missing setting.</summary>
    private static string Hint(HostSettings settings)
    {
        var environment = Environment.GetEnvironmentVariable($"{SettingsSources.EnvironmentPrefix}ENVIRONMENT");
        var name = Path.GetFileNameWithoutExtension(SettingsSources.FileName);
        var others = FilesIn(settings.Root, $"{name}.*.json").Where(file => file != $"{name}.{environment}.json")
            .Order(StringComparer.Ordinal).ToList();
        if (others.Count == 0) return "";
        var why = string.IsNullOrEmpty(environment) ? "is not set" : $"is '{environment}'";
        return $" KRANG_ENVIRONMENT {why}: {PluginUpgrade.Problem.Join(others)} {(others.Count == 1 ? "is" : "are")} not read.";
    }

    /// <summary>None where the directory may be entered but not listed: this is only a hint.</summary>
    private static IEnumerable<string> FilesIn(string directory, string pattern)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory, pattern).Select(file => Path.GetFileName(file))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
