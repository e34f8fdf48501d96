using System.CommandLine;

namespace PluginUpgrade.Cli;

/// <summary>
/// Moves the verb to the front: <c>--dry-run restore</c> becomes <c>restore --dry-run</c>. An option then means the same before and after
/// the verb, or is refused if the verb has none of that name. The parser alone would take it for an option of the default verb, and the
/// named verb would not receive it.
/// </summary>
public static class VerbFirst
{
    public static string[] Order(RootCommand root, string[] words)
    {
        for (var i = 0; i < words.Length && words[i] != "--"; i++)
            if (Verb(root, words[i]) is { } verb && IsOptions(root, verb, words[..i]))
                return [words[i], .. words[..i], .. words[(i + 1)..]];
        return words;
    }

    private static Command? Verb(RootCommand root, string word) =>
        root.Subcommands.FirstOrDefault(verb => verb.Name == word || verb.Aliases.Contains(word));

    /// <summary>
    /// Whether the words are only options and their values. An option is looked up in the verb, then in the default verb, then in the other
    /// verbs. If not, the verb's name is itself a value, as in <c>--instance plan</c>.
    /// </summary>
    private static bool IsOptions(RootCommand root, Command verb, string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (!words[i].StartsWith('-')) return false;
            if (words[i].Contains('=') || Option(root, verb, words[i]) is not { } option) continue;
            if (option.ValueType == typeof(bool))
            {
                if (i + 1 < words.Length && bool.TryParse(words[i + 1], out _)) i++;
            }
            // The verb's name follows this option. If the default verb has the option, the name is its value; else the value is missing.
            else if (option.Arity.MaximumNumberOfValues > 0 && ++i == words.Length)
                return Named(root, words[^1]) is not { } same || same.ValueType == typeof(bool);
        }
        return true;
    }

    private static Option? Option(RootCommand root, Command verb, string word) =>
        Named(verb, word) ?? Named(root, word)
            ?? root.Subcommands.Select(other => Named(other, word)).FirstOrDefault(found => found is not null);

    private static Option? Named(Command command, string word) =>
        command.Options.FirstOrDefault(option => option.Name == word || option.Aliases.Contains(word));
}
