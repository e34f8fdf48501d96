using PluginUpgrade.Journals;

namespace PluginUpgrade.Checks;

/// <summary>Nobody else is at work on what is to be upgraded.</summary>
public static class LockCheck
{
    public static Problem Locked(Target target, LockHolder holder) => new("KU-3008", $"{target}",
        $"Somebody is at work on it: its lock is held by {holder}.",
        "Wait for its end, then run the same command; see who holds what: krang-upgrade status");

    public static Problem RunInProgress(LockHolder holder) => new("KU-3009", "installation",
        $"Another run is at work on this installation: {holder}.",
        "Wait for its end, then run the same command; see who holds what: krang-upgrade status");
}
