namespace PluginUpgrade.Journals;

/// <summary>The session that holds a target's lock.</summary>
/// <param name="Application">The session's application_name: for krang-upgrade, it names run, host and process.</param>
/// <param name="Since">When the session began, by the server's clock; null where this role may not see it.</param>
public sealed record LockHolder(int BackendPid, string Application, string? Client, DateTimeOffset? Since, string Statement)
{
    public override string ToString() =>
        $"{(Application.Length > 0 ? Application : "a session")} from {Client ?? "this machine"}, " +
        $"server process {BackendPid}" + (Since is { } since ? $", since {since:yyyy-MM-dd HH:mm:ss}Z" : "") +
        (Statement.Length > 0 ? $", running: {Statement}" : "");
}
