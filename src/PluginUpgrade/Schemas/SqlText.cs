using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace PluginUpgrade.Schemas;

/// <summary>Pieces of SQL that an author wrote. They are used as they are; only what would escape from its place is refused.</summary>
internal static partial class SqlText
{
    /// <summary>Why it cannot stand inside of a statement; null: it can.</summary>
    public static string? Fault(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "is empty";
        var open = new Stack<char>();
        foreach (var token in Tokens(text))
        {
            if (token.Fault is { } fault) return fault;
            if (token.Raw is "(" or "[") open.Push(token.Raw[0] == '(' ? ')' : ']');
            else if (token.Raw is ")" or "]" && (!open.TryPop(out var expected) || expected != token.Raw[0]))
                return $"has a '{token.Raw}' too many";
        }
        return open.Count > 0 ? $"lacks a '{open.Peek()}'" : null;
    }

    /// <summary>
    /// With one space wherever there is any, and none beside parentheses and commas, so that texts differ only if what they say does.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Normal(string? text) => text is null ? null : Joined(text, token => token.Raw);

    /// <summary>In parentheses, unless it is a literal, a name or a call.</summary>
    public static string Operand(string text) => Simple().IsMatch(text) ? text : $"({text})";

    /// <summary>The names in it that may be columns. Functions, types and tables are left out as far as their place tells.</summary>
    public static IEnumerable<string> Names(string text)
    {
        var tokens = Tokens(text).ToList();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Name is not { } name) continue;
            var next = i + 1 < tokens.Count ? tokens[i + 1].Raw : "";
            if (next is not ("(" or ".") && !(i > 0 && tokens[i - 1].Raw == "::")) yield return name;
        }
    }

    /// <summary>The same text with other names.</summary>
    public static string Renamed(string text, IReadOnlyDictionary<string, string> names) => Joined(text, token =>
        token.Name is { } name ? $"\"{names.GetValueOrDefault(name, name)}\"" : token.Raw);

    private static string Joined(string text, Func<SqlToken, string> write)
    {
        var joined = new StringBuilder();
        var before = "(";
        foreach (var token in Tokens(text))
        {
            if (token.FollowsSpace && !IsTight(before) && !IsTight(token.Raw)) joined.Append(' ');
            joined.Append(write(token));
            before = token.Raw;
        }
        return joined.ToString();
    }

    private static bool IsTight(string token) => token is "(" or ")" or "[" or "]" or ",";

    /// <summary>Of a list with commas, such as an index's columns: those parts that are a column, perhaps with an order.</summary>
    public static IEnumerable<string> PlainColumns(string text) => Split(text)
        .Where(part => part is [{ Name: not null }, ..] && part.ElementAtOrDefault(1).Raw is not ("(" or "."))
        .Select(part => part[0].Name!);

    /// <summary>The number of parts of a list with commas.</summary>
    public static int Parts(string text) => Split(text).Count();

    private static IEnumerable<IReadOnlyList<SqlToken>> Split(string text)
    {
        var depth = 0;
        List<SqlToken> part = [];
        foreach (var token in Tokens(text))
        {
            depth += token.Raw switch { "(" => 1, ")" => -1, _ => 0 };
            if (token.Raw != "," || depth > 0) part.Add(token);
            else
            {
                yield return part;
                part = [];
            }
        }
        yield return part;
    }

    private static IEnumerable<SqlToken> Tokens(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            if (at == text.Length) yield break;
            var match = Token().Match(text, at);
            yield return new SqlToken(match.Value, Fold(match), at > start) { Fault = FaultOf(match) };
            at += match.Length;
        }
    }

    private static string? Fold(Match match) => match.Groups["name"].Success ? Lower(match.Value)
        : match.Groups["quoted"].Success ? match.Value[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : null;

    /// <summary>PostgreSQL folds only these letters in UTF8.</summary>
    private static string Lower(string name) => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c));

    private static string? FaultOf(Match match) => match.Value switch
    {
        ";" => "has a ';'",
        "'" or "\"" => $"has a {match.Value} without its end",
        ['\0'] => "has a NUL",
        ['-', '-', ..] or ['/', '*', ..] => "has a comment",
        _ => null,
    };

    [GeneratedRegex("""
        \G(?: [eE]'(?:[^'\\]|''|\\.)*'                       # a literal with escapes
        | '(?:[^']|'')*'                                      # a literal
        | \$(?<tag>(?:[A-Za-z_]\w*)?)\$.*?\$\k<tag>\$         # a literal in dollars
        | (?<quoted>"(?:[^"]|"")+")
        | (?<name>[\p{L}_][\p{L}\p{N}_$]*)
        | [0-9][\w.]* | :: | -- | /\* | [^\s] )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();

    [GeneratedRegex(@"\A(?:'(?:[^']|'')*'|-?\d[\w.]*|[\w.]+(?:\([^()]*\))?)(?:::[\w ]+(?:\([\d, ]*\))?(?:\[\])?)?\z")]
    private static partial Regex Simple();

    /// <param name="Name">As PostgreSQL reads it; null: not a name.</param>
    private readonly record struct SqlToken(string Raw, string? Name, bool FollowsSpace)
    {
        public string? Fault { get; init; }
    }
}
