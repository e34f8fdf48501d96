using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>PostgreSQL's programs on this machine: one directory of one major version.</summary>
/// <param name="Directory">Holds at least initdb, pg_ctl and postgres.</param>
public sealed record PostgresPrograms(string Directory, int Major)
{
    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>The path of a program, such as <c>pg_dump</c>.</summary>
    public string this[string program] => Path.Combine(Directory, program);

    /// <param name="explicitDirectory">The setting <c>Postgres:Bin</c>; if it is set, no other place is searched.</param>
    /// <param name="major">The major version that an existing data directory needs; null for the newest.</param>
    /// <exception cref="UpgradeException">KU-6001, KU-6002 or KU-6003, each with what to install.</exception>
    public static async Task<PostgresPrograms> FindAsync(string? explicitDirectory, int? major, CancellationToken cancellationToken)
    {
        var package = await PostgresPackage.DetectAsync(cancellationToken);
        var directories = ProgramSearch.Directories(explicitDirectory, "initdb");
        return await FindAsync(directories, explicitDirectory, major, package, cancellationToken);
    }

    internal static async Task<PostgresPrograms> FindAsync(
        IEnumerable<string> directories, string? explicitDirectory, int? major, PostgresPackage package,
        CancellationToken cancellationToken)
    {
        var others = new SortedSet<int>();
        UpgradeException? broken = null;
        foreach (var directory in directories.Where(IsComplete))
            try
            {
                if (await ToolVersions.AskAsync(Path.Combine(directory, "postgres"), cancellationToken) is not { } version) continue;
                var found = new PostgresPrograms(directory, ToolVersions.Major(version));
                if (major is null || found.Major == major) return found;
                others.Add(found.Major);
            }
            catch (UpgradeException e) when (!ProgramCall.LacksRoom(e.InnerException))
            {
                // It cannot be run, or does not end. That matters only if there are no others.
                broken ??= e;
            }
        if (broken is not null && others.Count == 0) throw broken;
        throw new UpgradeException(NotFound(explicitDirectory, major, others, package));
    }

    private static bool IsComplete(string directory) => Needed.All(program => File.Exists(Path.Combine(directory, program)));

    private static Problem NotFound(string? explicitDirectory, int? major, SortedSet<int> others, PostgresPackage package)
    {
        if (major is { } wanted && others.Count > 0)
        {
            var setting = explicitDirectory is null ? "" : ", and set Postgres:Bin to the directory of its programs";
            return new Problem("KU-6002", explicitDirectory ?? "",
                $"The embedded server's data is from PostgreSQL {wanted}, but this machine has only the programs of " +
                $"{string.Join(", ", others)}.",
                $"{package.Install(wanted)}{setting}.");
        }
        if (!string.IsNullOrEmpty(explicitDirectory))
        {
            var missing = Needed.Where(program => !File.Exists(Path.Combine(explicitDirectory, program))).ToList();
            return new Problem("KU-6003", "Postgres:Bin", missing.Count > 0
                ? $"{explicitDirectory} does not contain {string.Join(" or ", missing)}."
                : $"The programs in {explicitDirectory} do not say which version of PostgreSQL they are.",
                "Use the directory that contains initdb, pg_ctl and postgres. Or remove the setting; krang-upgrade then searches for it.");
        }
        return new Problem("KU-6001", "",
            "No database is configured, so krang-upgrade needs the embedded server, but PostgreSQL is not installed on this machine.",
            $"{package.Install(major)}; or set Installation:Database to another server.");
    }
}
