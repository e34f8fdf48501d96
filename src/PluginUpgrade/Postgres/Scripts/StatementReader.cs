using System.Text;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>One statement of a text.</summary>
/// <param name="Text">Without its semicolon.</param>
/// <param name="DependsOnStrings">Whether another standard_conforming_strings could change where it ends.</param>
/// <param name="End">Where the next statement begins.</param>
internal readonly record struct ReadStatement(string Text, bool DependsOnStrings, int End);

/// <summary>
/// Splits a text that somebody wrote into statements, one after another. A byte order mark is skipped. Text that is no SQL (an open quote,
/// a psql command) is the last statement: the server reports what is wrong with it.
/// </summary>
internal sealed class StatementReader
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;
    private int _at;

    /// <exception cref="ArgumentException">The text has an unpaired surrogate.</exception>
    public StatementReader(string sql) => _bytes = Utf8.GetBytes(sql);

    /// <summary>The next statement, which stays the next until <see cref="Take"/>; null at the end.</summary>
    /// <param name="standardStrings">The session's current standard_conforming_strings.</param>
    public ReadStatement? Peek(bool standardStrings)
    {
        while (true)
        {
            SkipBlanks();
            if (_at == _bytes.Length) return null;
            var rest = _bytes.AsSpan(_at);
            var scanner = new StatementScanner(standardStrings);
            var length = LengthOf(scanner, rest);
            var end = length < 0 ? rest.Length : length;
            if (scanner.HasCode && !(length == 1 && rest[0] == ';'))
                return new ReadStatement(Utf8.GetString(rest[..(length < 0 ? end : end - 1)]), scanner.DependsOnStrings, _at + end);
            _at += end;
        }
    }

    public void Take(ReadStatement statement) => _at = statement.End;

    private static int LengthOf(StatementScanner scanner, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return scanner.Scan(bytes);
        }
        catch (FormatException)
        {
            return -1;
        }
    }

    private void SkipBlanks()
    {
        while (_at < _bytes.Length)
            if (_bytes[_at] <= ' ') _at++;
            else if (_bytes.AsSpan(_at).StartsWith("\uFEFF"u8)) _at += 3;
            else return;
    }
}
