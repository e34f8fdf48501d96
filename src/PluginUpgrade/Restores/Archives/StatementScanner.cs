using System.Text;

namespace PluginUpgrade.Restores.Archives;

/// <summary>
/// Finds where a statement of SQL ends, byte by byte, as PostgreSQL's own lexer would: not at a semicolon in a string, a quoted name, a
/// dollar quote, a comment, parentheses, or the body of a function between BEGIN ATOMIC and END. For servers' encodings, in all of which a
/// byte below 128 is the ASCII character; standard_conforming_strings is on.
/// </summary>
internal sealed class StatementScanner
{
    private enum In
    {
        Code,
        String,
        EscapedString,
        StringsEnd,
        EscapedStringsEnd,
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
    private bool _afterBegin;
    private bool _afterDot;
    private int _blocks;

    /// <returns>How many bytes belong to the statement, its semicolon included; -1 where it continues after these bytes.</returns>
    /// <exception cref="FormatException">A backslash where SQL knows none: a command for psql, which nobody here obeys.</exception>
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
            case In.String: _in = b == '\'' ? In.StringsEnd : In.String; return false;
            case In.EscapedString: _in = b == '\'' ? In.EscapedStringsEnd : b == '\\' ? In.Escape : In.EscapedString; return false;
            case In.Escape: _in = In.EscapedString; return false;
            // A quote that is doubled belongs to the string.
            case In.StringsEnd when b == '\'': _in = In.String; return false;
            case In.EscapedStringsEnd when b == '\'': _in = In.EscapedString; return false;
            case In.Name: _in = b == '"' ? In.Code : In.Name; return false;
            case In.LineComment: _in = b is (byte)'\n' or (byte)'\r' ? In.Code : In.LineComment; return false;
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
        if (IsOfWord(b) && (b != '$' || _word.Length > 0))
        {
            _word.Append((char)b);
            _before = b;
            return false;
        }
        var word = EndWord();
        var before = _before;
        _before = b;
        if (b > ' ') (_afterBegin, _afterDot) = (false, b == '.');
        switch (b)
        {
            case (byte)';': return _parentheses == 0 && _blocks == 0;
            case (byte)'(': _parentheses++; break;
            case (byte)')': _parentheses--; break;
            case (byte)'\'': _in = word is "e" ? In.EscapedString : In.String; break;
            case (byte)'"': _in = In.Name; break;
            case (byte)'$': _in = In.DollarTag; _tag.Clear(); break;
            case (byte)'-' when before == '-': _in = In.LineComment; _before = 0; break;
            case (byte)'*' when before == '/': (_in, _comments, _before) = (In.BlockComment, 1, 0); break;
            case (byte)'\\': throw new FormatException("It has a backslash outside quotes.");
        }
        return false;
    }

    private static bool IsOfWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'$' or >= 128;

    /// <summary>What the word that has just ended means. Only a statement that makes a routine has a body with own semicolons.</summary>
    private string EndWord()
    {
        if (_word.Length == 0) return "";
        var word = _word.ToString().ToLowerInvariant();
        _word.Clear();
        if (_words++ < 4) _beginning += $"{word} ";
        var isKeyword = _parentheses == 0 && !_afterDot;
        if (isKeyword && _blocks > 0) _blocks += word switch { "case" => 1, "end" => -1, _ => 0 };
        else if (isKeyword && _afterBegin && word == "atomic" && MakesRoutine) _blocks = 1;
        (_afterBegin, _afterDot) = (isKeyword && word == "begin", false);
        return word;
    }

    private bool MakesRoutine => _beginning.Replace("or replace ", "", StringComparison.Ordinal).Split(' ')
        is ["create", "function" or "procedure", ..];

    private void BlockComment(byte b)
    {
        if (b == '/' && _before == '*') (_comments, b) = (_comments - 1, 0);
        else if (b == '*' && _before == '/') (_comments, b) = (_comments + 1, 0);
        _before = b;
        if (_comments == 0) _in = In.Code;
    }

    /// <returns>Whether the byte belongs to the quote: it may turn out to be none, as in <c>$1</c>.</returns>
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
