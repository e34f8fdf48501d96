using System.Globalization;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>PostgreSQL's programs for clients on this machine, pg_dump and pg_restore, which are there without a server too.</summary>
/// <param name="Version">What pg_dump says of itself.</param>
public sealed record ClientPrograms(string Directory, Version Version)
{
    private static readonly string[] Needed = ["pg_dump", "pg_restore"];

    /// <summary>The path of one of them.</summary>
    public string this[string program] => Path.Combine(Directory, program);

    /// <summary>The newest, since an older pg_dump refuses a newer server, and a newer one takes older servers; or null.</summary>
    /// <param name="explicitDirectory">The setting <c>Postgres:Bin</c>; then no other place is looked at.</param>
    public static async Task<ClientPrograms?> FindAsync(string? explicitDirectory, CancellationToken cancellationToken)
    {
        var directories = string.IsNullOrEmpty(explicitDirectory)
            ? ProgramPlaces.All("pg_dump") : [Path.GetFullPath(explicitDirectory)];
        List<ClientPrograms> found = [];
        foreach (var directory in directories.Where(IsComplete).Distinct())
            if (await AskAsync(directory, cancellationToken) is { } programs) found.Add(programs);
        return found.MaxBy(programs => programs.Version);
    }

    /// <summary>What to type to have those of a major version.</summary>
    public static async Task<Func<int, string>> InstallAsync(CancellationToken cancellationToken) =>
        (await PostgresPackage.DetectAsync(cancellationToken)).InstallClient;

    private static bool IsComplete(string directory) => Needed.All(program => File.Exists(Path.Combine(directory, program)));

    private static async Task<ClientPrograms?> AskAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            var call = new ProgramCall { File = Path.Combine(directory, "pg_dump"), Arguments = ["--version"] };
            var said = (await call.RunAsync(cancellationToken)).Output;
            return VersionOf(said) is { } version ? new ClientPrograms(directory, version) : null;
        }
        catch (UpgradeException)
        {
            return null;
        }
    }

    /// <summary>As in <c>pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)</c> and <c>pg_dump (PostgreSQL) 18beta1</c>.</summary>
    internal static Version? VersionOf(string said)
    {
        var words = said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var numbers = words.Length > 2 ? string.Concat(words[2].TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).Split('.') : [];
        if (!int.TryParse(numbers.FirstOrDefault(), CultureInfo.InvariantCulture, out var major)) return null;
        return new Version(major, numbers.Length > 1 && int.TryParse(numbers[1], CultureInfo.InvariantCulture, out var minor) ? minor : 0);
    }
}
