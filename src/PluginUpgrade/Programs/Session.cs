using PluginUpgrade.Unix;

namespace PluginUpgrade.Programs;

/// <summary>The processes that one call of a program has started.</summary>
internal static class Session
{
    private const int SigKill = 9;

    /// <summary>Kills all of them that are still in the session's process group.</summary>
    /// <param name="leader">The process id of the leader; nothing happens if it leads no group.</param>
    public static void Kill(int leader) => _ = LibcCalls.kill(-leader, SigKill);
}
