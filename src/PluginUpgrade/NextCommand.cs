namespace PluginUpgrade;

/// <summary>
/// A command of krang-upgrade that a message names. It can be pasted as it stands: it has the options with which the user said which
/// installation is meant. Messages are made with it, and never searched for commands: what others wrote stays as it is.
/// </summary>
public static class NextCommand
{
    /// <summary>Of this command line. Another run in the same process has its own.</summary>
    private static readonly AsyncLocal<string> Options = new();

    /// <summary>To every command that is named from here on.</summary>
    /// <param name="words">Not quoted yet, as in <c>--root</c>, <c>/srv/krang</c>.</param>
    public static void AddToAll(IEnumerable<string> words) => Options.Value = string.Concat(words.Select(word => $" {Quote(word)}"));

    /// <param name="words">The verb and what follows it, as they are typed; empty: the default verb.</param>
    public static string Of(string words) => $"krang-upgrade{(words.Length == 0 ? "" : " ")}{words}{Options.Value}";

    /// <summary>A word as every shell of Unix takes it.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=,@%+".Contains(c)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
