namespace PluginUpgrade.Postgres.Programs;

/// <summary>What this machine's distribution calls PostgreSQL's server programs.</summary>
internal sealed record PostgresPackage(string Command, string Newest, string OfMajor, string Client)
{
    private static readonly PostgresPackage Debian = new("apt-get install", "postgresql", "postgresql-{0}", "postgresql-client-{0}");
    private static readonly PostgresPackage RedHat = new("dnf install", "postgresql-server", "postgresql{0}-server", "postgresql{0}");
    private static readonly PostgresPackage Unknown = new("", "postgresql", "postgresql-{0}", "postgresql-client-{0}");

    public string Install(int? major)
    {
        var name = major is null ? Newest : string.Format(System.Globalization.CultureInfo.InvariantCulture, OfMajor, major);
        return Command.Length > 0 ? $"{Command} {name}" : $"Install PostgreSQL's server programs (package {name})";
    }

    /// <summary>The same for pg_dump and pg_restore alone.</summary>
    public string InstallClient(int major)
    {
        var name = string.Format(System.Globalization.CultureInfo.InvariantCulture, Client, major);
        return Command.Length > 0 ? $"{Command} {name}" : $"Install PostgreSQL's client programs (package {name})";
    }

    public static async Task<PostgresPackage> DetectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Of(await File.ReadAllTextAsync("/etc/os-release", cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }

    /// <param name="release">The text of /etc/os-release: lines as in <c>ID_LIKE="rhel fedora"</c>.</param>
    internal static PostgresPackage Of(string release)
    {
        var words = release.Split('\n')
            .Where(line => line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            .SelectMany(line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim().Trim('"').Split(' '))
            .ToHashSet();
        if (words.Overlaps(["debian", "ubuntu"])) return Debian;
        return words.Overlaps(["fedora", "rhel", "centos", "rocky", "almalinux"]) ? RedHat : Unknown;
    }
}
