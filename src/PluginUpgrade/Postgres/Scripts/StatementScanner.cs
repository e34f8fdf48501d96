using System.Text;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>
/// Finds where an SQL statement ends, byte by byte, as PostgreSQL's own lexer would: not at a semicolon in a string, a quoted name, a
/// dollar quote, a comment, parentheses, or the body of a function between BEGIN ATOMIC and END. Works in all encodings of servers, because
/// a byte below 128 is the ASCII character in each of them.
/// </summary>
/// <param name="standardStrings">The session's standard_conforming_strings: a backslash in a plain string is an ordinary character.</param>
internal sealed class StatementScanner(bool standardStrings = true)
{
    private enum In
    {
        Code,
        String,
        StringsEnd,
        Escape,
        Name,
        LineComment,
        BlockComment,
        DollarTag,
        Dollar,
    }

    private readonly List<byte> _tag = [];
    private readonly StringBuilder _word = new();
    private In _in;
    private byte _before;
    private int _parentheses;
    private int _comments;
    private int _matched;
    private int _words;
    private string _beginning = "";
    private bool _hasToken;
    private bool _afterBegin;
    private bool _afterDot;
    private bool _isEscaped;
    private bool _escapes;
    private bool _mayContinue;
    private bool _lineBroken;
    private bool _inBody;
    private bool _beginsInBody;

    /// <summary>Whether the scanned bytes hold more than white space and comments.</summary>
    public bool HasCode =>
        _hasToken || _word.Length > 0 || _in is not (In.LineComment or In.BlockComment) && _before is (byte)'-' or (byte)'/';

    /// <summary>Whether the other setting could move the end: a plain string has a backslash.</summary>
    public bool DependsOnStrings { get; private set; }

    /// <returns>The number of bytes of the statement, with its semicolon; -1 if it continues after these bytes.</returns>
    /// <exception cref="FormatException">A backslash outside quotes: a command for psql, which is not supported.</exception>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
            if (Next(bytes[i])) return i + 1;
        return -1;
    }

    /// <returns>Whether the statement ends with this byte.</returns>
    private bool Next(byte b)
    {
        switch (_in)
        {
            case In.String: String(b); return false;
            case In.Escape: _in = In.String; return false;
            // A doubled quote belongs to the string.
            case In.StringsEnd when b == '\'': _in = In.String; return false;
            case In.StringsEnd: (_in, _mayContinue, _lineBroken) = (In.Code, true, false); return Code(b);
            case In.Name: _in = b == '"' ? In.Code : In.Name; return false;
            case In.LineComment: LineComment(b); return false;
            case In.BlockComment: BlockComment(b); return false;
            case In.Dollar: Dollar(b); return false;
            case In.DollarTag when DollarTag(b): return false;
            default:
                _in = In.Code;
                return Code(b);
        }
    }

    private bool Code(byte b)
    {
        var before = _before;
        var beginsComment = b == '-' && before == '-' || b == '*' && before == '/';
        // A lone dash or slash that began no comment.
        if (before is (byte)'-' or (byte)'/' && !beginsComment) Token();
        if (IsOfWord(b) && (b != '$' || _word.Length > 0))
        {
            _word.Append((char)b);
            _before = b;
            return false;
        }
        var word = EndWord();
        _before = b;
        if (b is (byte)'\n' or (byte)'\r') _lineBroken = true;
        var continues = _mayContinue && _lineBroken;
        if (b > ' ' && !beginsComment && b is not ((byte)'-' or (byte)'/')) Token(isDot: b == '.');
        switch (b)
        {
            case (byte)';' when _parentheses == 0 && !_inBody: return true;
            case (byte)';': _beginsInBody = _parentheses == 0; break;
            case (byte)'(': _parentheses++; break;
            case (byte)')': _parentheses = Math.Max(0, _parentheses - 1); break;
            case (byte)'\'': BeginString(word, continues); break;
            case (byte)'"': _in = In.Name; break;
            case (byte)'$': _in = In.DollarTag; _tag.Clear(); break;
            case (byte)'-' when beginsComment: (_in, _before) = (In.LineComment, 0); break;
            case (byte)'*' when beginsComment: (_in, _comments, _before) = (In.BlockComment, 1, 0); break;
            case (byte)'\\': throw new FormatException("It has a backslash outside quotes.");
        }
        return false;
    }

    private static bool IsOfWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'$' or >= 128;

    /// <summary>To be called for everything that is neither white space nor a comment.</summary>
    private void Token(bool isDot = false)
    {
        (_hasToken, _beginsInBody, _mayContinue) = (true, false, false);
        (_afterBegin, _afterDot) = (false, isDot);
    }

    /// <summary>
    /// Interprets the word that has just ended. Only statements that create a routine have a body with semicolons of its own.
    /// </summary>
    private string EndWord()
    {
        if (_word.Length == 0) return "";
        var word = _word.ToString().ToLowerInvariant();
        _word.Clear();
        if (_words++ < 4) _beginning += $"{word} ";
        var isKeyword = _parentheses == 0 && !_afterDot;
        var (afterBegin, begins) = (_afterBegin, _beginsInBody);
        Token();
        // No statement of the body begins with END. Within a statement, END closes a CASE or names a column.
        if (isKeyword && _inBody && begins && word == "end") _inBody = false;
        else if (isKeyword && afterBegin && word == "atomic" && MakesRoutine) (_inBody, _beginsInBody) = (true, true);
        _afterBegin = isKeyword && word == "begin" && !_inBody;
        return word;
    }

    private bool MakesRoutine => _beginning.Replace("or replace ", "", StringComparison.Ordinal).Split(' ')
        is ["create", "function" or "procedure", ..];

    /// <param name="word">The word directly before the quote.</param>
    /// <param name="continues">
    /// Whether this string continues the one before: a line break between two strings joins them, with the first one's kind.
    /// </param>
    private void BeginString(string word, bool continues)
    {
        _in = In.String;
        if (continues) return;
        _isEscaped = word is "e";
        _escapes = _isEscaped || !standardStrings && word is not ("b" or "x");
    }

    private void String(byte b)
    {
        if (b == '\'') _in = In.StringsEnd;
        if (b != '\\') return;
        DependsOnStrings |= !_isEscaped;
        if (_escapes) _in = In.Escape;
    }

    private void LineComment(byte b)
    {
        if (b is not ((byte)'\n' or (byte)'\r')) return;
        (_in, _lineBroken) = (In.Code, true);
    }

    private void BlockComment(byte b)
    {
        if (b == '/' && _before == '*') (_comments, b) = (_comments - 1, 0);
        else if (b == '*' && _before == '/') (_comments, b) = (_comments + 1, 0);
        _before = b;
        if (_comments == 0) (_in, _mayContinue) = (In.Code, false);
    }

    /// <returns>Whether the byte belongs to the dollar quote, which may turn out to be none, as in <c>$1</c>.</returns>
    private bool DollarTag(byte b)
    {
        if (b != '$' && !(IsOfWord(b) && (_tag.Count > 0 || !char.IsAsciiDigit((char)b)))) return false;
        if (b == '$') (_in, _matched) = (In.Dollar, 0);
        else _tag.Add(b);
        return true;
    }

    private void Dollar(byte b)
    {
        var expected = _matched == 0 || _matched == _tag.Count + 1 ? (byte)'$' : _tag[_matched - 1];
        _matched = b == expected ? _matched + 1 : b == '$' ? 1 : 0;
        if (_matched == _tag.Count + 2) (_in, _before) = (In.Code, 0);
    }
}
