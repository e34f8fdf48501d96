using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>pg_dump and pg_restore of one version. A machine may have these client programs without a server's.</summary>
/// <param name="Directory">Holds both.</param>
/// <param name="Version">As pg_dump prints it: <c>15.18</c>, <c>19beta1</c>.</param>
public sealed record ClientPrograms(string Directory, string Version, int Major)
{
    public string Dump => Path.Combine(Directory, "pg_dump");

    public string Restore => Path.Combine(Directory, "pg_restore");

    /// <summary>All that are on this machine, one for each major version, oldest first.</summary>
    /// <param name="explicitDirectory">The setting <c>Postgres:Bin</c>; if it is set, no other place is searched.</param>
    public static async Task<IReadOnlyList<ClientPrograms>> FindAllAsync(string? explicitDirectory, CancellationToken cancellationToken)
    {
        List<ClientPrograms> found = [];
        foreach (var directory in ProgramSearch.Directories(explicitDirectory, "pg_dump").Where(IsComplete))
            if (await AskAsync(directory, cancellationToken) is { } programs && found.All(other => other.Major != programs.Major))
                found.Add(programs);
        return [.. found.OrderBy(programs => programs.Major)];
    }

    /// <summary>
    /// The oldest programs that are not older than the server: the server's own version can read what they write. Null if all are older.
    /// </summary>
    /// <param name="all">The result of <see cref="FindAllAsync"/>.</param>
    public static ClientPrograms? For(IReadOnlyList<ClientPrograms> all, int serverMajor) =>
        all.FirstOrDefault(programs => programs.Major >= serverMajor);

    /// <summary>Why there are no programs for a server of that major version, and what to install.</summary>
    public static async Task<Problem> MissingAsync(
        IReadOnlyList<ClientPrograms> all, string? explicitDirectory, string server, int serverMajor, CancellationToken cancellationToken)
    {
        var package = await PostgresPackage.DetectAsync(cancellationToken);
        var isNamed = !string.IsNullOrEmpty(explicitDirectory);
        var where = isNamed ? $"in {explicitDirectory} (Postgres:Bin)" : "on this machine";
        var install = $"{package.InstallClient(serverMajor)}{(isNamed ? ", and correct Postgres:Bin" : "")}.";
        return all.Count == 0
            ? new Problem("KU-7001", "pg_dump", $"pg_dump and pg_restore are not installed {where}.", install)
            : new Problem("KU-7002", server,
                $"The server is PostgreSQL {serverMajor}, but the newest pg_dump {where} is {all[^1].Version}: it refuses newer servers.",
                install);
    }

    /// <summary>Gives the command that installs the programs of a major version.</summary>
    public static async Task<Func<int, string>> InstallAsync(CancellationToken cancellationToken)
    {
        var package = await PostgresPackage.DetectAsync(cancellationToken);
        return major => package.InstallClient(major);
    }

    private static bool IsComplete(string directory) =>
        File.Exists(Path.Combine(directory, "pg_dump")) && File.Exists(Path.Combine(directory, "pg_restore"));

    private static async Task<ClientPrograms?> AskAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            return await ToolVersions.AskAsync(Path.Combine(directory, "pg_dump"), cancellationToken) is { } version
                ? new ClientPrograms(directory, version, ToolVersions.Major(version)) : null;
        }
        catch (UpgradeException e) when (!ProgramCall.LacksRoom(e.InnerException))
        {
            // It cannot be run, or does not end.
            return null;
        }
    }
}
