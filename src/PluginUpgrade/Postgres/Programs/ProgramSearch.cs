using System.Globalization;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>Finds PostgreSQL's programs: the one place that knows where distributions and builds keep them.</summary>
public static class ProgramSearch
{
    /// <summary>Directories to look into, the likeliest first.</summary>
    /// <param name="explicitDirectory">The setting <c>Postgres:Bin</c>; then no other place is looked at.</param>
    /// <param name="program">What is looked for along PATH.</param>
    public static IEnumerable<string> Directories(string? explicitDirectory, string program) =>
        string.IsNullOrEmpty(explicitDirectory) ? All(program).Distinct() : [Path.GetFullPath(explicitDirectory)];

    /// <summary>
    /// One client program: of the setting's directory, which may hold a server's programs alone; else wherever it is. Null where it is not.
    /// </summary>
    public static string? Find(string? explicitDirectory, string program) =>
        Directories(explicitDirectory, program).Concat(All(program))
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>Debian's directories newest first, PATH with its links resolved, then other distributions' and builds' own.</summary>
    private static IEnumerable<string> All(string program) =>
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
