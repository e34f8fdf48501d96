using System.Buffers;
using System.Globalization;
using System.Text;

namespace PluginUpgrade;

/// <summary>
/// Makes text from outside safe for a terminal, a table or a log. Names, errors and output of programs may hold characters that move the
/// cursor, reverse the direction of writing or are invisible. They are spelled <c>\u001b</c>, as in JSON.
/// </summary>
public static class Printable
{
    /// <summary>For one line: a cell of a table, a name in a sentence.</summary>
    public static string Line(string text) => Escaped(text, keepsLines: false);

    /// <summary>For several lines. The later ones are indented, so that none of them looks like a line of krang-upgrade.</summary>
    public static string Text(string text)
    {
        var lines = text.TrimEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
        return Escaped(lines.Replace("\n", "\n    ", StringComparison.Ordinal), keepsLines: true);
    }

    /// <summary>Line feeds and tabs are kept: for JSON and SQL.</summary>
    public static string Raw(string text) => Escaped(text, keepsLines: true);

    /// <summary>The beginning of a text, without half of a surrogate pair at its end.</summary>
    public static string Beginning(string text, int length) => text.Length <= length ? text
        : text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    /// <summary>The end of a text, without half of a surrogate pair at its beginning.</summary>
    public static string End(string text, int length) => text.Length <= length ? text
        : text[^(length > 0 && char.IsLowSurrogate(text[^length]) ? length - 1 : length)..];

    private static string Escaped(string text, bool keepsLines)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0) return text;
        var safe = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length;)
        {
            // Half of a surrogate pair is not a character and cannot be encoded.
            var whole = Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length) == OperationStatus.Done;
            var part = text.AsSpan(i, length);
            if (whole && (!IsHarmful(rune) || (keepsLines && rune.Value is '\n' or '\t'))) safe.Append(part);
            else
                foreach (var c in part) safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            i += length;
        }
        return safe.ToString();
    }

    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format => true,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        _ => IsInvisible(rune.Value),
    };

    /// <summary>Unicode's Default_Ignorable_Code_Point without the category Format: characters without a width.</summary>
    private static bool IsInvisible(int character) => character
        is 0x034f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or 0x180b or 0x180c or 0x180d or 0x180f or 0x2065 or 0x3164 or 0xffa0
        or (>= 0xfe00 and <= 0xfe0f) or (>= 0xfff0 and <= 0xfff8) or (>= 0xe0000 and <= 0xe0fff);
}
