using PluginUpgrade.Unix;

namespace PluginUpgrade.Programs;

/// <summary>The processes that one call of a program has started.</summary>
internal static class Session
{
    private const int SigKill = 9;

    /// <summary>Ends all of them that the program has not taken out of its session.</summary>
    /// <param name="leader">The process that leads it; nothing happens where it leads none.</param>
    public static void Kill(int leader) => _ = LibcCalls.kill(-leader, SigKill);
}
