namespace PluginUpgrade.Postgres.Embedded;

public sealed record EmbeddedServerOptions
{
    /// <summary>The database that <see cref="EmbeddedServer.ConnectionString"/> names; made where it is missing.</summary>
    public string Database { get; init; } = "krang";

    /// <summary>The setting <c>Postgres:Bin</c>: the directory of PostgreSQL's programs. Null to have it found.</summary>
    public string? Programs { get; init; }

    /// <summary>Settings of the server by name, above its defaults. They count only for a server that is not running already.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long to wait while another process starts or stops the server.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the server may take to start, which after a crash includes its recovery.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The server's log is begun anew at a start that finds it larger; the one before is kept beside it.</summary>
    public long LogLimit { get; init; } = 8 * 1024 * 1024;

    /// <summary>Throw-away data: nothing is forced to disk, neither when the cluster is made.</summary>
    internal bool Durable => !Settings.TryGetValue("fsync", out var fsync) || fsync is not ("off" or "false" or "no" or "0");
}
