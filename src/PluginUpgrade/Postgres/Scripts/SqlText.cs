using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>
/// Statements for people: on one line, shortened, and without their values, since somebody's <c>ALTER ROLE … PASSWORD '…'</c> must not be
/// shown to others. Follows PostgreSQL's lexer; a literal whose end was cut off is masked too.
/// </summary>
public static class SqlText
{
    private const int Longest = 100, LongestAt = 200;

    public static string Shown(string statement)
    {
        var line = string.Join(' ', Masked(statement).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > Longest ? $"{line[..Longest]}..." : line;
    }

    /// <summary>The same for a failed statement of a step, with a mark before the place that the server reports.</summary>
    /// <param name="position">A character's number, counted from 1; 0 if the server reports none.</param>
    /// <param name="schema">The target's schema. It is left out, so that the same failure reads the same for each target.</param>
    public static string ShownAt(string statement, int position, string schema)
    {
        var masked = Masked(statement, IndexOf(statement, position));
        var line = string.Join(' ', masked.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Replace($"{schema}.", "", StringComparison.Ordinal).Replace($"{PostgresName.Quote(schema)}.", "", StringComparison.Ordinal);
        if (line.Length <= LongestAt) return line;
        var start = Math.Max(0, line.IndexOf(Mark, StringComparison.Ordinal) - LongestAt / 2);
        var end = Math.Min(line.Length, start + LongestAt);
        return $"{(start > 0 ? "..." : "")}{line[start..end]}{(end < line.Length ? "..." : "")}";
    }

    public const string Mark = ">>>";

    /// <summary>
    /// The statement that failed; in a function, the function's statement. Null if neither the server nor Npgsql gives it.
    /// </summary>
    public static (string? Sql, int Position) StatementOf(PostgresException server) => server.InternalQuery is { Length: > 0 } inner
        ? (inner, server.InternalPosition) : (TextOf(server.BatchCommand), server.Position);

    /// <summary>
    /// The text of a batch's command. For a command that a module created itself, Npgsql has the text only in an internal property.
    /// </summary>
    private static string? TextOf(NpgsqlBatchCommand? command)
    {
        if (command is null or { CommandText.Length: > 0 }) return command?.CommandText;
        try
        {
            return FinalCommandText(command);
        }
        catch (MissingMethodException)
        {
            // Another release of Npgsql may lack the property; then the statement is not shown.
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_FinalCommandText")]
    private static extern string? FinalCommandText(NpgsqlBatchCommand command);

    /// <summary>
    /// The index in the text: the server counts characters from 1, .NET counts UTF-16 code units. -1 if there is no position.
    /// </summary>
    public static int IndexOf(string sql, int position)
    {
        if (position <= 0) return -1;
        var i = 0;
        for (var left = position - 1; left > 0 && i < sql.Length; left--) i += char.IsSurrogatePair(sql, i) ? 2 : 1;
        return i;
    }

    /// <summary>The statement with <c>'...'</c> for strings of every kind, <c>?</c> for numbers, and no comments.</summary>
    /// <param name="marked">The index of the mark, from 0; -1 for no mark.</param>
    public static string Masked(string sql, int marked = -1)
    {
        var shown = new StringBuilder(sql.Length);
        var setting = new SettingOfASession();
        for (var i = 0; i < sql.Length;)
        {
            var (end, text) = Token(sql, i);
            if (marked >= i && marked < end) shown.Append(Mark);
            shown.Append(text);
            i = end;
            // A setting's value may be written without quotes.
            if (setting.IsGivenAfter(text)) return $"{shown} '...'";
        }
        // For errors such as "syntax error at end of input".
        if (marked >= sql.Length) shown.Append(Mark);
        return shown.ToString();
    }

    private static (int End, string Shown) Token(string sql, int i)
    {
        var (c, next) = (sql[i], i + 1 < sql.Length ? sql[i + 1] : '\0');
        if (c == '-' && next == '-') return (EndOfLine(sql, i), " ");
        if (c == '/' && next == '*') return (EndOfComment(sql, i), " ");
        if (c == '\'') return (EndOfString(sql, i, escapes: false), "'...'");
        if (c == '"') return Same(sql, i, EndOfName(sql, i));
        if (c == '$' && char.IsAsciiDigit(next)) return Same(sql, i, EndOf(sql, i + 1, char.IsAsciiDigit));
        if (c == '$') return EndOfDollarQuote(sql, i) is { } end ? (end, "'...'") : Same(sql, i, i + 1);
        if (char.IsAsciiDigit(c) || c == '.' && char.IsAsciiDigit(next)) return (EndOfNumber(sql, i), "?");
        return IsOfWord(c) ? Word(sql, i) : Same(sql, i, i + 1);
    }

    /// <summary>A word, or a string with its prefix: E'', B'', X'', N'', U&amp;''.</summary>
    private static (int, string) Word(string sql, int i)
    {
        var end = EndOf(sql, i, c => IsOfWord(c) || c == '$');
        var word = sql[i..end];
        var quote = word is "U" or "u" && sql.AsSpan(end).StartsWith("&'") ? end + 1 : end;
        if (quote >= sql.Length || sql[quote] != '\'' || word is not ("E" or "e" or "B" or "b" or "X" or "x" or "N" or "n" or "U" or "u"))
            return (end, word);
        return (EndOfString(sql, quote, escapes: word is "E" or "e"), "'...'");
    }

    private static (int, string) Same(string sql, int i, int end) => (end, sql[i..end]);

    private static int EndOfString(string sql, int i, bool escapes)
    {
        for (i++; i < sql.Length; i++)
        {
            // Whether a backslash escapes in a plain string depends on a session setting that is not known here: all the rest may be text.
            if (sql[i] == '\\' && !escapes && i + 1 < sql.Length && sql[i + 1] == '\'') return sql.Length;
            if (sql[i] == '\\' && escapes) i++;
            else if (sql[i] == '\'' && i + 1 < sql.Length && sql[i + 1] == '\'') i++;
            else if (sql[i] == '\'') return i + 1;
        }
        return sql.Length;
    }

    private static int EndOfName(string sql, int i) => sql.IndexOf('"', i + 1) is var end and >= 0 ? end + 1 : sql.Length;

    private static int EndOfLine(string sql, int i) => EndOf(sql, i, c => c is not ('\n' or '\r'));

    /// <summary>Block comments nest.</summary>
    private static int EndOfComment(string sql, int i)
    {
        var depth = 0;
        for (; i + 1 < sql.Length; i++)
        {
            var change = (sql[i], sql[i + 1]) switch { ('/', '*') => 1, ('*', '/') => -1, _ => 0 };
            if (change == 0) continue;
            depth += change;
            i++;
            if (depth == 0) return i + 1;
        }
        return sql.Length;
    }

    /// <summary>Null if no dollar quote begins here.</summary>
    private static int? EndOfDollarQuote(string sql, int i)
    {
        var end = EndOf(sql, i + 1, IsOfWord);
        if (end == sql.Length) return end;
        if (sql[end] != '$') return null;
        var quote = sql[i..(end + 1)];
        return sql.IndexOf(quote, end + 1, StringComparison.Ordinal) is var close and >= 0 ? close + quote.Length : sql.Length;
    }

    /// <summary>A number of any kind (1, 1.5e-10, 0xff, 1_000), and a word that directly follows.</summary>
    private static int EndOfNumber(string sql, int i)
    {
        var end = EndOf(sql, i, c => IsOfWord(c) || c == '.');
        var isExponent = end < sql.Length && (sql[end] is '+' or '-') && (sql[end - 1] is 'e' or 'E');
        return isExponent ? EndOf(sql, end + 1, IsOfWord) : end;
    }

    private static int EndOf(string sql, int i, Func<char, bool> belongs)
    {
        while (i < sql.Length && belongs(sql[i])) i++;
        return i;
    }

    private static bool IsOfWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or >= '\u0080';

    /// <summary>Detects that the value of SET or ALTER … SET comes next.</summary>
    private sealed class SettingOfASession
    {
        private bool _may;
        private bool _began;
        private bool _set;

        public bool IsGivenAfter(string token)
        {
            var word = token.ToLowerInvariant();
            if (string.IsNullOrWhiteSpace(word)) return false;
            if (!_began) (_began, _may) = (true, word is "set" or "alter");
            if (word == ";") (_began, _set) = (false, false);
            _set |= _may && word == "set";
            return _set && (word is "=" or "to");
        }
    }
}
