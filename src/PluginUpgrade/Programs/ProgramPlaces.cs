using System.Globalization;

namespace PluginUpgrade.Programs;

/// <summary>Directories in which distributions and builds keep PostgreSQL's programs.</summary>
internal static class ProgramPlaces
{
    /// <summary>Debian's directories newest first, PATH with its links resolved, then other distributions' and builds' own.</summary>
    /// <param name="program">What is looked for along PATH.</param>
    public static IEnumerable<string> All(string program) =>
        Below("/usr/lib/postgresql", "*").Select(version => Path.Combine(version, "bin"))
            .Concat(OnPath(program))
            .Concat(Below("/usr", "pgsql-*").Select(version => Path.Combine(version, "bin")))
            .Append("/usr/local/pgsql/bin");

    private static IEnumerable<string> Below(string directory, string pattern) =>
        !Directory.Exists(directory) ? [] : Directory.EnumerateDirectories(directory, pattern).OrderByDescending(Version);

    // As in "15", "9.6" or "pgsql-15".
    private static double Version(string path) =>
        double.TryParse(Path.GetFileName(path).Split('-')[^1], CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static IEnumerable<string> OnPath(string program)
    {
        if (ProgramPath.Find(program) is not { } found) return [];
        var resolved = File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
        return [Path.GetDirectoryName(resolved)!, Path.GetDirectoryName(found)!];
    }
}
