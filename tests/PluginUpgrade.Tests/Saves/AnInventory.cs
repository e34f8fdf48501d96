using PluginUpgrade.Saves;

namespace PluginUpgrade.Tests.Saves;

public class AnInventory
{
    private static readonly InventoryItem Table = new("a\tb", "table \"a\tb\".\"x\\n\ny\"", "d1", "owner o", "o=r/o");

    [Fact]
    public void Is_read_as_it_was_written()
    {
        var inventory = Of(Table, Table with { Name = "view v", State = "" });
        var read = Inventory.Parse([.. inventory.Lines()]);
        Assert.Equal(inventory.Items.Values.OrderBy(item => item.Name), read.Items.Values.OrderBy(item => item.Name));
        Assert.Equal((15, true), (read.Major, read.IsWhole));
    }

    [Theory]
    [InlineData("")]
    [InlineData("krang-upgrade inventory 2\t15\twhole")]
    [InlineData("krang-upgrade inventory 1\t15\twhole\na\tb")]
    public void A_text_that_is_no_inventory_is_refused(string text) =>
        Assert.Throws<FormatException>(() => Inventory.Parse(text.Split('\n')));

    [Fact]
    public void Tells_each_kind_of_difference_by_name()
    {
        var saved = Of(Table with { Name = "a" }, Table with { Name = "b" }, Table with { Name = "c" }, Table with { Name = "d" });
        var now = Of(
            Table with { Name = "b", State = "owner p" }, Table with { Name = "c", Definition = "d2" },
            Table with { Name = "d", Rights = "" }, Table with { Name = "e" });

        Assert.Equal(
        [
            "a is missing", "b is 'owner p', but was 'owner o'", "c has another definition",
            "d has the rights '', but had 'o=r/o'", "e is new",
        ], saved.Differences(now));
        Assert.Empty(saved.Differences(saved));
    }

    [Fact]
    public void Inventories_of_two_major_versions_are_compared_only_in_what_both_state_alike()
    {
        var saved = Of(Table with { Name = "a" }, Table with { Name = "b" });
        var newer = Of(Table with { Name = "a", Definition = "d2", Rights = "" }, Table with { Name = "b", State = "" }, Table);
        Assert.Equal(["b is '', but was 'owner o'"], saved.Differences(newer with { Major = 16 }));
    }

    [Fact]
    public void Knows_nothing_of_what_changed_while_it_was_taken()
    {
        var first = Of(Table with { Name = "a" }, Table with { Name = "b" });
        var both = first.And(Of(Table with { Name = "a" }, Table with { Name = "b", State = "" }));
        Assert.Equal(["a"], both.Items.Keys);
        Assert.Empty(both.Differences(Of(Table with { Name = "a" }, Table with { Name = "c" })));
    }

    private static Inventory Of(params InventoryItem[] items) => new(15, true, items.ToDictionary(item => item.Name));
}
