using PluginUpgrade.Journals;

namespace PluginUpgrade.Checks;

/// <summary>The problems of a target or an installation that another session is working on.</summary>
public static class LockCheck
{
    public static Problem Locked(Target target, LockHolder holder) => new("KU-3008", $"{target}",
        $"Another session is working on it and holds its lock: {holder}.",
        $"Wait until it ends, then run the same command. See who holds locks: {NextCommand.Of("status")}");

    public static Problem RunInProgress(LockHolder holder) => new("KU-3009", "installation",
        $"Another run is working on this installation: {holder}.",
        $"Wait until it ends, then run the same command. See who holds locks: {NextCommand.Of("status")}");
}
