namespace PluginUpgrade.Tests;

public class DurationsAndSizes
{
    [Theory]
    [InlineData("5s", "00:00:05")]
    [InlineData("500ms", "00:00:00.5")]
    [InlineData("2m", "00:02:00")]
    [InlineData("12h", "12:00:00")]
    [InlineData(" 30 d ", "30.00:00:00")]
    [InlineData("00:00:05", "00:00:05")]
    public void Are_read_as_people_write_a_duration(string text, string meant) =>
        Assert.True(Quantity.TryDuration(text, out var duration) && $"{duration:c}".TrimEnd('0') == meant.TrimEnd('0'));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("0s")]
    [InlineData("-5s")]
    [InlineData("5 weeks")]
    [InlineData("1.5h")]
    [InlineData("5S")]
    [InlineData("99999999999999999999s")]
    [InlineData("9999999999999d")]
    [InlineData("00:00:00")]
    [InlineData("٥s")]
    public void Are_refused_where_nobody_knows_how_long(string text) => Assert.False(Quantity.TryDuration(text, out _));

    [Theory]
    [InlineData("10MB", 10L << 20)]
    [InlineData("10 mb", 10L << 20)]
    [InlineData("1TB", 1L << 40)]
    [InlineData("2000000KB", 2_000_000L << 10)]
    [InlineData("9223372036854775807B", long.MaxValue)]
    [InlineData("8388607TB", 8_388_607L << 40)]
    public void Are_read_as_people_write_a_size(string text, long bytes) =>
        Assert.True(Quantity.TrySize(text, out var size) && size == bytes);

    [Theory]
    [InlineData("10")]
    [InlineData("0MB")]
    [InlineData("-1MB")]
    [InlineData("10PB")]
    [InlineData("8388608TB")]
    [InlineData("9223372036854775808B")]
    public void Are_refused_where_nobody_knows_how_large(string text) => Assert.False(Quantity.TrySize(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KB")]
    [InlineData(10L << 20, "10 MB")]
    [InlineData(3L << 40, "3 TB")]
    public void Are_shown_in_the_same_units(long bytes, string shown) => Assert.Equal(shown, Quantity.Size(bytes));
}
