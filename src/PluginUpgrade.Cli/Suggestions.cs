using System.CommandLine;
using System.Globalization;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli;

/// <summary>Completions for a shell: <c>krang-upgrade "[suggest:17]" "krang-upgrade sta"</c>.</summary>
internal static class Suggestions
{
    private const string Directive = "[suggest";

    public static bool IsAsked(string[] args) => args is [var first, ..] && first.StartsWith(Directive, StringComparison.Ordinal);

    public static int Write(string[] args)
    {
        var line = Before(args);
        var word = line[(line.LastIndexOfAny([' ', '\t']) + 1)..];
        if (word.StartsWith('-') && word.IndexOf('=') is var sign and > 0)
        {
            // The library completes only values that are separate words.
            line = $"{line[..^word.Length]}{word[..sign]} {word[(sign + 1)..]}";
            word = word[(sign + 1)..];
        }
        // The library also suggests words that contain the typed text in the middle; a shell needs only those that begin with it.
        var words = Ask(line).Split('\n').Select(one => one.Trim()).Distinct()
            .Where(one => one.Length > 0 && one[0] != '/' && one.StartsWith(word, StringComparison.Ordinal)).ToList();
        // Options are suggested after a dash, or if there is nothing else.
        var names = words.Where(one => one[0] != '-').ToList();
        foreach (var one in word.Length == 0 && names.Count > 0 ? names : words) StandardStreams.Out.WriteLine(one);
        return 0;
    }

    /// <summary>The line up to the cursor.</summary>
    private static string Before(string[] args)
    {
        var line = args.Length > 1 ? args[1] : "";
        var digits = string.Concat(args[0].Where(char.IsAsciiDigit));
        return int.TryParse(digits, CultureInfo.InvariantCulture, out var cursor) && cursor < line.Length ? line[..cursor] : line;
    }

    private static string Ask(string line)
    {
        using var found = new StringWriter();
        try
        {
            var (parsed, _) = CommandLine.Parse([string.Create(CultureInfo.InvariantCulture, $"{Directive}:{line.Length}]"), line]);
            parsed.Invoke(new InvocationConfiguration { Output = found, EnableDefaultExceptionHandler = false });
        }
        catch (InvalidOperationException)
        {
            // The library fails on some incomplete lines: nothing is suggested.
        }
        return $"{found}";
    }
}
