namespace PluginUpgrade;

/// <summary>The commands in the guard's messages: they can be pasted as they are.</summary>
internal static class GuardCommand
{
    private const string Program = "krang-upgrade";

    /// <summary>The options with which the application's upgrade names its installation.</summary>
    private static readonly string[] Which = ["--root", "--config", "--modules"];

    /// <summary>The application's own, or the one that every installation has.</summary>
    public static string Upgrade(GuardOptions options) =>
        options.Upgrade is { } upgrade ? string.Join(' ', upgrade.Select(Quoted)) : Program;

    /// <summary>For the same installation.</summary>
    public static string Status(GuardOptions options) => string.Join(' ', [
        Quoted(options.Upgrade?[0] ?? Program), "status", .. Installation(options.Upgrade ?? []).Select(Quoted)]);

    private static IEnumerable<string> Installation(IReadOnlyList<string> words)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (Which.Contains(words[i]) && i + 1 < words.Count)
            {
                yield return words[i];
                yield return words[++i];
            }
            else if (Which.Any(option => words[i].StartsWith($"{option}=", StringComparison.Ordinal))) yield return words[i];
        }
    }

    private static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=,@%+".Contains(c))
        ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
