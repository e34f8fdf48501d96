namespace PluginUpgrade.Postgres;

/// <summary>How krang-upgrade connects to servers.</summary>
/// <param name="ApplicationName">Shown in <c>pg_stat_activity</c>, so that users see who holds a lock.</param>
public sealed record ConnectionSettings(string ApplicationName, TimeSpan LockTimeout, TimeSpan ConnectTimeout)
{
    /// <summary>How long a connection may be silent before it is probed.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether exceptions include the server's DETAIL, which holds data: only with <c>--verbose</c>.</summary>
    public bool ErrorDetail { get; init; }

    /// <summary>How long the server may take for a short statement, including the wait for a lock.</summary>
    public TimeSpan AnswerTimeout => LockTimeout + 4 * KeepAlive;

    /// <summary>What connections of this process found out about servers, for later connections.</summary>
    public KnownServers Known { get; init; } = new();

    public ServerWait Servers { get; init; } = new(TimeSpan.FromMinutes(1), TimeProvider.System);

    /// <summary>Types that steps of this run have created.</summary>
    public NewTypes NewTypes { get; init; } = new();

    /// <summary>The machine and the process, within the 63 bytes that the server keeps of an application name.</summary>
    public static string NameOfThisHost(Guid run)
    {
        var host = Environment.MachineName;
        return $"krang-upgrade {run.ToString("N")[^8..]} {(host.Length > 30 ? host[..30] : host)}:{Environment.ProcessId}";
    }
}
