namespace PluginUpgrade.Cli.Terminal;

/// <summary>How a command ended: the values of <c>outcome</c> in JSON documents. docs/operating.md explains them.</summary>
public static class Outcome
{
    public const string Done = "done", NothingToDo = "nothing-to-do", Pending = "pending", DryRun = "dry-run", Failed = "failed",
        Refused = "refused", Stopped = "stopped";

    public static IReadOnlyList<string> All { get; } = [Done, NothingToDo, Pending, DryRun, Failed, Refused, Stopped];

    /// <summary>The default outcome for an exit code.</summary>
    public static string Of(int exitCode) => exitCode switch
    {
        0 => Done,
        1 => Failed,
        2 => Refused,
        3 => Pending,
        _ => Stopped,
    };
}
