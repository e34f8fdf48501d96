namespace PluginUpgrade;

/// <summary>What must hold after a wave before the next one begins: one of the two.</summary>
/// <param name="Query">Asked in each instance of the wave; must answer true.</param>
/// <param name="Command">Run once by the shell, in the installation's root; must end with 0.</param>
/// <param name="Limit">How long the command may take.</param>
public sealed record WaveGate(string? Query, string? Command, TimeSpan Limit)
{
    public override string ToString() => Query ?? Command!;
}
