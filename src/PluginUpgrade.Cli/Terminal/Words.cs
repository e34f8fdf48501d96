namespace PluginUpgrade.Cli.Terminal;

public static class Words
{
    /// <summary>As in <c>1 step</c>, <c>2 steps</c>.</summary>
    public static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
