using System.CommandLine;
using System.CommandLine.Parsing;

namespace PluginUpgrade.Cli;

/// <summary>Options and arguments that take one of a few words. The library's own message about a wrong one has several lines.</summary>
internal static class Choices
{
    public static Option<string> OneOf(this Option<string> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        option.Validators.Add(result => Check(result, result.Tokens, option.Name, words));
        return option;
    }

    public static Argument<string> OneOf(this Argument<string> argument, params string[] words)
    {
        argument.CompletionSources.Add(words);
        argument.Validators.Add(result => Check(result, result.Tokens, ((CommandResult)result.Parent!).Command.Name, words));
        return argument;
    }

    private static void Check(SymbolResult result, IEnumerable<Token> tokens, string of, string[] words)
    {
        foreach (var word in tokens.Select(token => token.Value).Where(word => !words.Contains(word)))
            result.AddError($"{of} {word}: the value must be {string.Join(", ", words[..^1])} or {words[^1]}.");
    }
}
