namespace PluginUpgrade.Postgres;

/// <summary>How this host talks to servers.</summary>
/// <param name="ApplicationName">Shown by the server in <c>pg_stat_activity</c>; tells who holds a lock.</param>
public sealed record ConnectionSettings(string ApplicationName, TimeSpan LockTimeout, TimeSpan ConnectTimeout)
{
    /// <summary>After how long without a word the other end is asked whether it is still there.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether exceptions have the server's DETAIL, which holds data: with <c>--verbose</c> alone.</summary>
    public bool ErrorDetail { get; init; }

    /// <summary>How long the server may take to answer what is answered at once, waiting for a lock included.</summary>
    public TimeSpan AnswerTimeout => LockTimeout + 4 * KeepAlive;

    /// <summary>What connections have found out, for those that follow.</summary>
    public KnownServers Known { get; init; } = new();

    public ServerWait Servers { get; init; } = new(TimeSpan.FromMinutes(1), TimeProvider.System);

    /// <summary>Types that steps of this run have made.</summary>
    public NewTypes NewTypes { get; init; } = new();

    /// <summary>Which host and process, in the 63 bytes that the server keeps of a name.</summary>
    public static string NameOfThisHost(Guid run)
    {
        var host = Environment.MachineName;
        return $"krang-upgrade {run.ToString("N")[^8..]} {(host.Length > 30 ? host[..30] : host)}:{Environment.ProcessId}";
    }
}
