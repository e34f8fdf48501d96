namespace PluginUpgrade.Postgres;

/// <summary>How this host talks to servers.</summary>
/// <param name="ApplicationName">Shown by the server in <c>pg_stat_activity</c>; tells who holds a lock.</param>
public sealed record ConnectionSettings(string ApplicationName, TimeSpan LockTimeout, TimeSpan ConnectTimeout)
{
    /// <summary>Which host and process, in the 63 bytes that the server keeps of a name.</summary>
    public static string NameOfThisHost(Guid run)
    {
        var host = Environment.MachineName;
        return $"krang-upgrade {run.ToString("N")[^8..]} {(host.Length > 30 ? host[..30] : host)}:{Environment.ProcessId}";
    }
}
