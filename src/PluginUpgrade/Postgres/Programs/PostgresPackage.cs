namespace PluginUpgrade.Postgres.Programs;

/// <summary>The names of PostgreSQL's packages in this machine's distribution.</summary>
internal sealed record PostgresPackage(string Command, string Newest, string OfMajor)
{
    private static readonly PostgresPackage Debian = new("apt-get install", "postgresql", "postgresql-{0}")
    {
        Client = "postgresql-client",
        ClientOfMajor = "postgresql-client-{0}",
    };
    private static readonly PostgresPackage RedHat = new("dnf install", "postgresql-server", "postgresql{0}-server")
    {
        Client = "postgresql",
        ClientOfMajor = "postgresql{0}",
    };
    private static readonly PostgresPackage Unknown = Debian with { Command = "" };

    /// <summary>The package with the client programs alone: pg_dump, pg_restore, psql.</summary>
    public required string Client { get; init; }

    public required string ClientOfMajor { get; init; }

    public string Install(int? major)
    {
        var name = major is null ? Newest : string.Format(System.Globalization.CultureInfo.InvariantCulture, OfMajor, major);
        return Command.Length > 0 ? $"{Command} {name}" : $"Install PostgreSQL's server programs (package {name})";
    }

    /// <summary>How to get pg_dump and pg_restore of a major version, or the newest.</summary>
    public string InstallClient(int? major)
    {
        var name = major is null ? Client : string.Format(System.Globalization.CultureInfo.InvariantCulture, ClientOfMajor, major);
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
