using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Tests.Postgres;

public class OthersStatements
{
    [Theory]
    [InlineData("SELECT 's3cret'", "SELECT '...'")]
    [InlineData("SELECT 'it''s s3cret'", "SELECT '...'")]
    [InlineData("SELECT e'\\'s3cret' , 1", "SELECT '...' , ?")]
    [InlineData("SELECT U&'\\0073 s3cret' UESCAPE '!'", "SELECT '...' UESCAPE '...'")]
    [InlineData("SELECT u&\"name\" FROM t", "SELECT u&\"name\" FROM t")]
    [InlineData("SELECT N's3cret', B'0101', x'5ec'", "SELECT '...', '...', '...'")]
    [InlineData("SELECT date'2001-01-01'", "SELECT date'...'")]
    [InlineData("DO $$ s3cret $$; DO $a$ $b$ s3cret $$ $a$", "DO '...'; DO '...'")]
    [InlineData("DO $größe$ s3cret $größe$", "DO '...'")]
    [InlineData("SELECT $1, $23, a$1, $x FROM t", "SELECT $1, $23, a$1, $x FROM t")]
    [InlineData("SELECT 4111111111111111, -1.5e-10, .5, 0x5ec, 1_000, 5::int", "SELECT ?, -?, ?, ?, ?, ?::int")]
    [InlineData("SELECT t1.c2, \"t 3\" FROM s4.t1", "SELECT t1.c2, \"t 3\" FROM s4.t1")]
    [InlineData("SELECT 1 -- s3cret\n, 2", "SELECT ? , ?")]
    [InlineData("SELECT /* s3cret /* and */ s3cret */ a - b / c * d", "SELECT a - b / c * d")]
    [InlineData("SELECT a /* s3cret", "SELECT a")]
    [InlineData("SELECT \"a\"\"b's3\" , 's3cret", "SELECT \"a\"\"b's3\" , '...'")]
    [InlineData("SET my.token = s3cret", "SET my.token = '...'")]
    [InlineData("SET SESSION my.token TO s3cret, s3cret", "SET SESSION my.token TO '...'")]
    [InlineData("ALTER ROLE web SET my.token = s3cret; SELECT 1", "ALTER ROLE web SET my.token = '...'")]
    [InlineData("UPDATE t SET a = b WHERE c = 's3cret'", "UPDATE t SET a = b WHERE c = '...'")]
    [InlineData("SELECT a = b FROM t", "SELECT a = b FROM t")]
    public void E5n_are_shown_without_any_of_their_values(string statement, string shown) =>
        Assert.Equal(shown, SqlText.Shown(statement));

    /// <summary>The server cuts long statements off: nothing of a value may show, wherever that is.</summary>
    [Fact]
    public void E5n_are_shown_without_values_wherever_they_are_cut_off()
    {
        const string statement =
            "UPDATE t SET a = 'ZQ', b = E'ZQ\\'ZQ', c = U&'ZQ', d = $q$ZQ$q$, e = /* ZQ */ $$ZQ$$ -- ZQ\n, f = 'ZQ''ZQ'";
        for (var end = 0; end <= statement.Length; end++)
            Assert.DoesNotContain("Z", SqlText.Shown(statement[..end]), StringComparison.Ordinal);
    }

    /// <summary>Whether a backslash escapes in a plain string is a setting of a session that is not ours.</summary>
    [Fact]
    public void E5n_are_shown_without_what_may_be_a_value_under_another_setting() =>
        Assert.Equal("SELECT '...'", SqlText.Shown("SELECT 'it\\'s3cret' || t.'x s3cret"));

    [Fact]
    public void E5n_are_left_out_of_the_embedded_servers_log() => Assert.Equal(
        ["a [1] ERROR:  no", "a [1] DETAIL:  why", "a [1] LOG:  ready"],
        ServerFiles.WithoutStatements(
            ["a [1] ERROR:  no", "a [1] DETAIL:  why", "a [1] STATEMENT:  SELECT 's3cret',", "\t's3cret'", "a [1] LOG:  ready"]));
}
