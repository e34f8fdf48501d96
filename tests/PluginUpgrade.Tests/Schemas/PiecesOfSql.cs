using PluginUpgrade.Schemas;

namespace PluginUpgrade.Tests.Schemas;

public class PiecesOfSql
{
    [Theory]
    [InlineData("numeric(10, 2)[]")]
    [InlineData("'it''s; -- no comment'")]
    [InlineData(@"E'it\'s'")]
    [InlineData("$tag$ ; ' \" -- ) $tag$ || \"a;b\"")]
    [InlineData("a - -1")]
    public void Are_taken_as_they_are(string text) => Assert.Null(SqlText.Fault(text));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a;", "has a ';'")]
    [InlineData("a -- b", "has a comment")]
    [InlineData("a /* b */", "has a comment")]
    [InlineData("(a", "lacks a ')'")]
    [InlineData("a)", "has a ')' too many")]
    [InlineData("(a]", "has a ']' too many")]
    [InlineData("'a", "has a ' without its end")]
    [InlineData("\"a", "has a \" without its end")]
    public void Must_be_whole(string text, string fault) => Assert.Equal(fault, SqlText.Fault(text));

    [Theory]
    [InlineData("now()", "now()")]
    [InlineData("'new'::status", "'new'::status")]
    [InlineData("-1", "-1")]
    [InlineData("1 + 1", "(1 + 1)")]
    [InlineData("a OR b", "(a OR b)")]
    public void Have_parentheses_where_they_are_operands(string text, string expected) => Assert.Equal(expected, SqlText.Operand(text));

    [Theory]
    [InlineData("length(Name) > 5 AND x.\"Zip\" <> 'city' AND a::text = $$b$$", "name and Zip and a")]
    public void Name_columns(string text, string expected) => Assert.Equal(expected, string.Join(' ', SqlText.Names(text)));

    [Theory]
    [InlineData("lower(name), created_at DESC, (a + b), \"Zip\" text_pattern_ops", "created_at Zip")]
    public void Are_lists_with_plain_columns(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', SqlText.PlainColumns(text)));

    [Theory]
    [InlineData("lower( name ) ,\n  'a  b'", "lower(name),'a  b'")]
    [InlineData("a  -  -1", "a - -1")]
    public void Have_one_form(string text, string expected) => Assert.Equal(expected, SqlText.Normal(text));
}
