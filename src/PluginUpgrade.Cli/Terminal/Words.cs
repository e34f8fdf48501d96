namespace PluginUpgrade.Cli.Terminal;

public static class Words
{
    /// <summary>As in <c>acme, globex, umbrella and 3 more</c>. Up to four names are listed in full.</summary>
    public static string Names(IReadOnlyList<string> names) =>
        names.Count <= 4 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more";

    /// <summary>As in <c>1 step</c>, <c>2 steps</c>.</summary>
    public static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
