using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.Checks;

/// <summary>pg_dump and pg_restore are installed and not older than the servers: an older pg_dump refuses a newer server.</summary>
public static class ClientProgramsCheck
{
    /// <param name="found">The newest programs on this machine; null where there are none.</param>
    /// <param name="servers">The name and version of each server.</param>
    /// <param name="install">The command that installs them: see <see cref="ClientPrograms.InstallAsync"/>.</param>
    /// <param name="severity">An error where this command takes or restores a save.</param>
    public static IEnumerable<Problem> Find(
        ClientPrograms? found, IEnumerable<(string Server, Version Version)> servers, Func<int, string> install, Severity severity)
    {
        var newest = servers.OrderByDescending(server => server.Version).FirstOrDefault();
        if (newest.Version is null) yield break;
        var remedy = $"{install(newest.Version.Major)}; or name their directory: Postgres:Bin.";
        if (found is null)
            yield return new Problem("KU-3201", "",
                "pg_dump and pg_restore are not installed on this machine, so saves cannot be taken or restored.", remedy, severity);
        else if (found.Major < newest.Version.Major)
            yield return new Problem("KU-3202", newest.Server,
                $"The server is PostgreSQL {newest.Version.Major}, but pg_dump in {found.Directory} is {found.Version}: "
                    + "it refuses a newer server.", remedy, severity);
    }
}
