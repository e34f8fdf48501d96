namespace PluginUpgrade;

/// <summary>The check after a wave, before the next one begins: a query or a command.</summary>
/// <param name="Query">Run in each instance of the wave; must return true.</param>
/// <param name="Command">Run once by the shell, in the installation's root; must exit with 0.</param>
/// <param name="Limit">The time limit of the command.</param>
public sealed record WaveGate(string? Query, string? Command, TimeSpan Limit)
{
    public override string ToString() => Query ?? Command!;
}
