namespace PluginUpgrade.Postgres.Embedded;

public sealed record EmbeddedServerOptions
{
    /// <summary>The database of <see cref="EmbeddedServer.ConnectionString"/>; created where it is missing.</summary>
    public string Database { get; init; } = "krang";

    /// <summary>The setting <c>Postgres:Bin</c>: the directory of PostgreSQL's programs. Null: krang-upgrade looks for it.</summary>
    public string? Programs { get; init; }

    /// <summary>Server settings by name, which override its defaults. A server that already runs is not changed.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long to wait while another process starts or stops the server.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the server may take to start, which after a crash includes its recovery.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A log larger than this is set aside when the server starts; one older log is kept.</summary>
    public long LogLimit { get; init; } = 8 * 1024 * 1024;

    /// <summary>Whether data is forced to disk, also while the cluster is created. False for throw-away data.</summary>
    internal bool Durable => !Settings.TryGetValue("fsync", out var fsync) || fsync is not ("off" or "false" or "no" or "0");
}
