namespace PluginUpgrade.Cli.Terminal;

/// <param name="Drop">0: always shown. Of the others, the column with the highest number goes first on a narrow terminal.</param>
/// <param name="Wraps">Whether its text may take several lines.</param>
public sealed record Column(string Heading, int Drop = 0, bool Wraps = false);
