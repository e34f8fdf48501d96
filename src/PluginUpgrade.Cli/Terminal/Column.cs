namespace PluginUpgrade.Cli.Terminal;

/// <param name="Drop">0: always shown. On a narrow terminal, the column with the highest number is left out first.</param>
/// <param name="Wraps">Whether a cell may take several lines.</param>
public sealed record Column(string Heading, int Drop = 0, bool Wraps = false);
