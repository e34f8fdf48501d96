using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Whether the installation without a database in its settings has a server of its own. A lost setting must never mean another server, so
/// something must say it: the settings, or the server's files, which are there already.
/// </summary>
public static class EmbeddedChoice
{
    /// <summary>Whether there is a cluster; a broken one too, which its start tells of.</summary>
    public static bool IsThere(HostSettings settings) => Directory.Exists(Path.Combine(Place(settings), "cluster"));

    /// <summary>Whether the settings ask for a server that does not exist yet.</summary>
    public static bool IsToBeMade(HostSettings settings, IReadOnlyList<Problem> known) =>
        settings.Installation.Database is null && !IsThere(settings) && Problem(settings, known) is null;

    /// <param name="known">What is wrong with the settings besides: where nothing could be read, nothing is missed.</param>
    /// <returns>Null where it is known which server is meant.</returns>
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

    /// <summary>Files of other environments, one of which may be what is missed.</summary>
    private static string Hint(HostSettings settings)
    {
        var environment = Environment.GetEnvironmentVariable($"{SettingsSources.EnvironmentPrefix}ENVIRONMENT");
        var name = Path.GetFileNameWithoutExtension(SettingsSources.FileName);
        var others = Directory.EnumerateFiles(settings.Root, $"{name}.*.json").Select(file => Path.GetFileName(file))
            .Where(file => file != $"{name}.{environment}.json").Order(StringComparer.Ordinal).ToList();
        if (others.Count == 0) return "";
        var why = string.IsNullOrEmpty(environment) ? "is not set" : $"is '{environment}'";
        return $" KRANG_ENVIRONMENT {why}: {PluginUpgrade.Problem.Join(others)} {(others.Count == 1 ? "is" : "are")} not read.";
    }
}
