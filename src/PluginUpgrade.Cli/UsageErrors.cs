using System.CommandLine;
using System.CommandLine.Parsing;

namespace PluginUpgrade.Cli;

/// <summary>The parser's errors in plain words: without type names, and with a suggestion of what was meant.</summary>
public static class UsageErrors
{
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        List<string> found = [.. parsed.Errors.Select(error => InWords(parsed, error)).Distinct()];
        // After an unknown verb, all further words are unmatched: report only the first.
        return parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [var first, ..] && !first.StartsWith('-')
            ? [Unknown(parsed, first)]
            // The word after an unknown option may be its value: report only the option.
            : parsed.UnmatchedTokens is [var option, ..] && option.StartsWith('-') ? [Unknown(parsed, option)] : found;
    }

    /// <summary>The error for a word that begins with a dash and is no known option.</summary>
    public static string NoOption(Command verb, string word) => Meant($"There is no option {word.Split('=')[0]}.", word, OptionsOf(verb));

    private static string InWords(ParseResult parsed, ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option, Tokens: [.., var token] } when WrongValue(option, token.Value) is { } why =>
            $"{option.Name} {token.Value}: the value must be {why}.",
        OptionResult { Option: var option, IdentifierTokenCount: > 1 } when option.Arity.MaximumNumberOfValues == 1 =>
            $"{option.Name} is given more than once.",
        OptionResult { Option: var option, Tokens: [] } when option.Arity.MinimumNumberOfValues > 0 =>
            $"{option.Name} needs a value: {option.Name} {option.HelpName ?? "VALUE"}.",
        ArgumentResult { Argument: var missing, Tokens: [] } when missing.Arity.MinimumNumberOfValues > 0 =>
            $"{parsed.CommandResult.Command.Name} needs {missing.Name}: {missing.Description}",
        _ => parsed.UnmatchedTokens.FirstOrDefault(word => error.Message.Contains($"'{word}'", StringComparison.Ordinal)) is { } word
            ? Unknown(parsed, word) : string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
    };

    private static string? WrongValue(Option option, string value) =>
        option.ValueType == typeof(bool) ? bool.TryParse(value, out _) ? null : "true or false; usually the option is given without a value"
        : option.ValueType == typeof(int?) && !int.TryParse(value, out _) ? "a whole number" : null;

    private static string Unknown(ParseResult parsed, string word)
    {
        var verb = parsed.CommandResult.Command;
        if (word.StartsWith('-')) return NoOption(verb, word);
        return verb is RootCommand
            ? Meant($"There is no verb {word}.", word, verb.Subcommands.Where(one => !one.Hidden).Select(one => one.Name))
            : $"{verb.Name} accepts no further argument: {word}.";
    }

    private static IEnumerable<string> OptionsOf(Command verb) =>
        verb.Options.Concat(verb.Parents.OfType<RootCommand>().SelectMany(root => root.Options.Where(option => option.Recursive)))
            .Where(option => !option.Hidden).Select(option => option.Name);

    private static string Meant(string sentence, string word, IEnumerable<string> known) =>
        NearestWord.Of(word.Split('=')[0], known) is { } near ? $"{sentence} Did you mean {near}?" : sentence;
}
