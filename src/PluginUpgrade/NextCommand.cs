namespace PluginUpgrade;

/// <summary>
/// A krang-upgrade command in a message. It can be pasted as it is, because it has the options with which the user chose the installation.
/// Messages are built with it; finished messages are never searched for commands, so text from others stays unchanged.
/// </summary>
public static class NextCommand
{
    /// <summary>The options of this command line. Another run in the same process has its own.</summary>
    private static readonly AsyncLocal<string> Options = new();

    /// <summary>Adds words to every command from here on.</summary>
    /// <param name="words">Unquoted, such as <c>--root</c>, <c>/srv/krang</c>.</param>
    public static void AddToAll(IEnumerable<string> words) => Options.Value = string.Concat(words.Select(word => $" {Quote(word)}"));

    /// <param name="words">The verb and its arguments, as they are typed; empty: the default verb.</param>
    public static string Of(string words) => $"krang-upgrade{(words.Length == 0 ? "" : " ")}{words}{Options.Value}";

    /// <summary>Quotes a word for every Unix shell.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=,@%+".Contains(c)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
