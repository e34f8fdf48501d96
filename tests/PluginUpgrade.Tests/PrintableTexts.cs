using System.Globalization;
using System.Text;
using System.Text.Json;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Tests;

public class PrintableTexts
{
    [Theory]
    [InlineData("plain ASCII ~", "plain ASCII ~")]
    [InlineData("größe 日本 🙂", "größe 日本 🙂")]
    [InlineData("a\u001b[2Jb", @"a\u001b[2Jb")]
    [InlineData("a\u009b2Jb\u007f", @"a\u009b2Jb\u007f")]
    [InlineData("a\r\nb\tc", @"a\u000d\u000ab\u0009c")]
    [InlineData("\u202eabc\u2066", @"\u202eabc\u2066")]
    [InlineData("a\u200bb\ufeffc\u00ad\u3164\ufe0f", @"a\u200bb\ufeffc\u00ad\u3164\ufe0f")]
    [InlineData("a\u2028b\u2029\u0085", @"a\u2028b\u2029\u0085")]
    [InlineData("\U000e0041", @"\udb40\udc41")]
    public void E2b_are_of_one_line_and_show_what_cannot_be_seen(string text, string shown) => Assert.Equal(shown, Printable.Line(text));

    [Fact]
    public void E2b_show_half_a_surrogate_pair() => Assert.Equal(@"a\ud83db\ude42", Printable.Line("a\ud83db\ude42"));

    /// <summary>A cut text goes into journals, and no database stores half of a character.</summary>
    [Theory]
    [InlineData("ab\U0001f642cd", 3, "ab", "cd")]
    [InlineData("ab\U0001f642cd", 4, "ab\U0001f642", "\U0001f642cd")]
    [InlineData("abcd", 3, "abc", "bcd")]
    [InlineData("abc", 3, "abc", "abc")]
    [InlineData("\U0001f642", 1, "", "")]
    public void Are_not_cut_within_a_character(string text, int length, string beginning, string end)
    {
        Assert.Equal(beginning, Printable.Beginning(text, length));
        Assert.Equal(end, Printable.End(text, length));
    }

    [Fact]
    public void Names_of_persons_are_not_cut_within_a_character() =>
        Assert.Equal(new string('x', 99), Operator.Of(_ => new string('x', 99) + "\U0001f642"));

    [Theory]
    [InlineData("日本語", 4, "日本")]
    [InlineData("日本語", 5, "日本")]
    [InlineData("日本語", 6, "日本語")]
    [InlineData("a\U0001f642b", 2, "a")]
    [InlineData("e\u0301f", 1, "e\u0301")]
    public void Of_a_terminal_are_cut_by_their_width(string text, int cells, string cut) => Assert.Equal(cut, CellText.Cut(text, cells));

    [Fact]
    public void Of_several_problems_for_one_place_leave_none_out() => Assert.Equal(
        new Problem("KU-1", "a", "One is wrong. KU-2 b: Two is wrong.", "Do this. Do that."),
        Problem.AsOne([new("KU-1", "a", "One is wrong.", "Do this."), new("KU-2", "b", "Two is wrong.", "Do that.")]));

    [Fact]
    public void E2b_texts_of_several_lines_stay_readable_and_cannot_be_taken_for_our_lines() =>
        Assert.Equal("first\n    Done: all\n    \tx\\u0007", Printable.Text("first\r\nDone: all\n\tx\a\n"));

    /// <summary>Every character: what a terminal would obey is not in it, and JSON means the same as before.</summary>
    [Fact]
    public void E2b_texts_in_JSON_keep_their_meaning()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var text = $"a{(char)c}b";
            Assert.DoesNotContain(Printable.Line(text), char.IsControl);
            Assert.DoesNotContain(Printable.Line(text), one => char.GetUnicodeCategory(one)
                is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(Printable.Line(text));
            if (c is '"' or '\\' or < ' ' || char.IsSurrogate((char)c)) continue;
            Assert.Equal(text, JsonSerializer.Deserialize<string>(Printable.Raw($"\"{text}\"")));
        }
    }
}
