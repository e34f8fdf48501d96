using System.Text;

namespace PluginUpgrade.Settings;

/// <summary>
/// The files that a shell command starts, if it names them by a path: programs, and the scripts that they are given to read. Variables and
/// substitutions of the shell are not evaluated.
/// </summary>
internal static class CommandFiles
{
    private static readonly HashSet<string> Readers = new(StringComparer.Ordinal)
    {
        "sh", "bash", "dash", "ash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node", "php", "pwsh", "dotnet", "java",
        "env", "exec", "nice", "ionice", "nohup", "timeout", "setsid", "sudo", "runuser", "setpriv", "flock", "time", "command", ".",
        "source", "!", "if", "then", "else", "do", "while", "until",
    };

    /// <param name="directory">The directory in which the command runs.</param>
    public static IEnumerable<string> Of(string command, string directory)
    {
        var expectsProgram = true;
        foreach (var (word, isOperator) in Words(command))
        {
            if (isOperator) expectsProgram = true;
            else if (expectsProgram && !IsAssignment(word))
            {
                var path = Path.GetFullPath(word, directory);
                var isPath = word.Contains('/') && File.Exists(path);
                if (isPath) yield return path;
                // The file that an interpreter reads follows it, perhaps after options and their values.
                if (!Readers.Contains(Path.GetFileName(word)) && (isPath || !IsArgument(word))) expectsProgram = false;
            }
        }
    }

    private static bool IsAssignment(string word) =>
        word.IndexOf('=') is > 0 and var at && word[..at].All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsArgument(string word) => word.StartsWith('-') || word.All(c => char.IsAsciiDigit(c) || c is 's' or 'm' or 'h');

    private static IEnumerable<(string Word, bool IsOperator)> Words(string command)
    {
        StringBuilder word = new();
        var quote = '\0';
        foreach (var c in command)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '"' or '\'') quote = c;
            else if (char.IsWhiteSpace(c) && c != '\n' || c is '<' or '>')
            {
                if (word.Length > 0) yield return ($"{word}", false);
                word.Clear();
            }
            else if (c is ';' or '&' or '|' or '(' or ')' or '{' or '}' or '`' or '\n')
            {
                if (word.Length > 0) yield return ($"{word}", false);
                word.Clear();
                yield return ("", true);
            }
            else word.Append(c);
        }
        if (word.Length > 0) yield return ($"{word}", false);
    }
}
