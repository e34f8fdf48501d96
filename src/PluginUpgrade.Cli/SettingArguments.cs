namespace PluginUpgrade.Cli;

/// <summary>
/// Settings on the command line, as Microsoft.Extensions.Configuration spells them: <c>--Run:Parallel=4</c> or
/// <c>--Run:Parallel 4</c>. The colon distinguishes them from the program's own options.
/// </summary>
public static class SettingArguments
{
    public static (string[] Words, string[] Settings) Split(string[] args)
    {
        List<string> words = [], settings = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--") return ([.. words, .. args[i..]], [.. settings]);
            if (!IsSetting(args[i])) words.Add(args[i]);
            else if (args[i].Contains('=')) settings.Add(args[i]);
            else settings.Add($"{args[i]}={(i + 1 < args.Length ? args[++i] : "")}");
        }
        return ([.. words], [.. settings]);
    }

    private static bool IsSetting(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.Split('=')[0].Contains(':');
}
