using System.Globalization;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>Finds PostgreSQL's programs: the one place that knows where distributions and builds keep them.</summary>
public static class ProgramSearch
{
    /// <summary>Directories to search, the most likely first.</summary>
    /// <param name="explicitDirectory">The setting <c>Postgres:Bin</c>; if it is set, no other place is searched.</param>
    /// <param name="program">The program that is searched for along PATH.</param>
    public static IEnumerable<string> Directories(string? explicitDirectory, string program) =>
        string.IsNullOrEmpty(explicitDirectory) ? All(program).Distinct() : [Path.GetFullPath(explicitDirectory)];

    /// <summary>
    /// Finds a client program: in the setting's directory, which may hold only a server's programs, else anywhere. Null if there is none.
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

    private static IEnumerable<string> Below(string directory, string pattern)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(directory, pattern).OrderByDescending(Version)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It does not exist, or this user may not list it.
            return [];
        }
    }

    // "15", "9.6" or "pgsql-15".
    private static double Version(string path) =>
        double.TryParse(Path.GetFileName(path).Split('-')[^1], CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static IEnumerable<string> OnPath(string program)
    {
        if (ProgramPath.Find(program) is not { } found) return [];
        var resolved = File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
        return [Path.GetDirectoryName(resolved)!, Path.GetDirectoryName(found)!];
    }
}
