namespace PluginUpgrade.Tests;

public class AVersion
{
    [Theory]
    [InlineData("1.004", "1.4")]
    [InlineData("V1_004", "1.4")]
    [InlineData("v1.4", "1.4")]
    [InlineData("1.4.0.0", "1.4")]
    [InlineData("0.0.20", "0.0.20")]
    [InlineData("0", "0")]
    [InlineData("000", "0")]
    [InlineData("20261120123456789012345678901234567890.1", "20261120123456789012345678901234567890.1")]
    public void Has_one_key_however_it_is_spelled(string text, string key) => Assert.Equal(key, UpgradeVersion.Parse(text).Key);

    [Theory]
    [InlineData("V1_004", "1.004")]
    [InlineData("v1.4", "1.4")]
    [InlineData("1.0", "1.0")]
    public void Is_shown_as_it_was_spelled(string text, string shown) => Assert.Equal(shown, UpgradeVersion.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("V")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1..2")]
    [InlineData("1.-2")]
    [InlineData("1.2a")]
    [InlineData(" 1.2")]
    [InlineData("1.٣")]
    [InlineData("1,2")]
    [InlineData("vv1")]
    public void Is_whole_numbers_with_dots_and_nothing_else(string? text) => Assert.False(UpgradeVersion.TryParse(text, out _));

    [Fact]
    public void Has_a_limited_length() => Assert.False(UpgradeVersion.TryParse(new string('1', UpgradeVersion.MaxLength + 1), out _));

    /// <summary>Case K3: Krang and its successors took 3.10 for older than 3.8, and 2.1.0 for older than 2.0.10.</summary>
    [Theory]
    [InlineData("1.9", "1.10")]
    [InlineData("1.10", "1.100")]
    [InlineData("3.8", "3.10")]
    [InlineData("V3_9", "V3_10")]
    [InlineData("2.0.9", "2.0.10")]
    [InlineData("2.0.10", "2.1.0")]
    [InlineData("2.1.0", "3.0.0")]
    [InlineData("1", "1.0.1")]
    [InlineData("99999999999999999999", "100000000000000000000")]
    public void K3_is_compared_number_by_number(string older, string newer)
    {
        var (a, b) = (UpgradeVersion.Parse(older), UpgradeVersion.Parse(newer));
        Assert.True(a < b && b > a && a <= b && b >= a && a != b);
    }

    [Fact]
    public void Equal_versions_are_equal_in_every_way()
    {
        var (a, b) = (UpgradeVersion.Parse("V1_004"), UpgradeVersion.Parse("1.4.0"));
        Assert.Equal(a, b);
        Assert.True(a == b);
        Assert.Equal(0, a.CompareTo(b));
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal(default, UpgradeVersion.Parse("0.0"));
    }

    [Fact]
    public void A_range_excludes_its_start_and_includes_its_end()
    {
        var range = new VersionRange(UpgradeVersion.Parse("1.001"), UpgradeVersion.Parse("1.004"));
        Assert.False(range.Contains(UpgradeVersion.Parse("1.1")));
        Assert.True(range.Contains(UpgradeVersion.Parse("1.4")));
        Assert.False(range.Contains(UpgradeVersion.Parse("1.005")));
        Assert.True(new VersionRange(range.To, range.From).IsEmpty);
    }
}

public class AQuotedName
{
    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("we\"ird", "\"we\"\"ird\"")]
    [InlineData("; DROP TABLE x --", "\"; DROP TABLE x --\"")]
    public void Is_safe_in_sql(string name, string quoted) => Assert.Equal(quoted, PostgresName.Quote(name));

    [Fact]
    public void Is_refused_where_the_server_would_cut_it()
    {
        Assert.Equal(65, PostgresName.Quote(new string('a', 63)).Length);
        Assert.Throws<ArgumentException>(() => PostgresName.Quote(new string('a', 64)));
        Assert.Throws<ArgumentException>(() => PostgresName.Quote(new string('ä', 32)));
    }

    [Fact]
    public void Is_not_empty_and_holds_no_NUL()
    {
        Assert.Throws<ArgumentException>(() => PostgresName.Quote(""));
        Assert.Throws<ArgumentException>(() => PostgresName.Quote("a\0b"));
    }
}
