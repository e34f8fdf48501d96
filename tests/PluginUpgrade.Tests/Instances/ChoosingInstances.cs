using PluginUpgrade.Instances;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Instances;

public class ChoosingInstances
{
    private static readonly Target[] All =
    [
        With("acme", "eu"), With("acme-shop", "us"), Fleet.Target("globex"),
        With("initech", "eu") with { Active = false }, With("umbrella", "us"),
    ];

    private static Target With(string name, string region) =>
        Fleet.Target(name) with { Labels = new Dictionary<string, string> { ["region"] = region } };

    private static string Names(InstanceFilter choice) => string.Join(' ', InstanceSelection.Of(All, choice).Chosen);

    private static string[] Codes(InstanceFilter choice) => [.. InstanceSelection.Of(All, choice).Problems.Select(problem => problem.Code)];

    [Fact]
    public void Takes_all_without_a_wish() => Assert.Equal("acme acme-shop globex initech umbrella", Names(InstanceFilter.All));

    [Theory]
    [InlineData("acme*", "acme acme-shop")]
    [InlineData("*", "acme acme-shop globex umbrella")]
    [InlineData("glob?x", "globex")]
    [InlineData("ACME", "acme")]
    public void Understands_patterns(string pattern, string names) => Assert.Equal(names, Names(new InstanceFilter { Names = [pattern] }));

    [Fact]
    public void Takes_each_once() => Assert.Equal("acme acme-shop", Names(new InstanceFilter { Names = ["acme*", "acme", "acme-shop"] }));

    [Theory]
    [InlineData("region=us", "acme-shop umbrella")]
    [InlineData("region=us,region=eu", "acme acme-shop umbrella")]
    [InlineData("Region=us", "")]
    public void Takes_those_with_a_label(string labels, string names) =>
        Assert.Equal(names, Names(new InstanceFilter { Labels = labels.Split(',') }));

    [Fact]
    public void Takes_names_and_labels_together() =>
        Assert.Equal("acme", Names(new InstanceFilter { Names = ["acme*"], Labels = ["region=eu"] }));

    [Fact]
    public void Leaves_out_the_excluded_and_tells_them()
    {
        var selection = InstanceSelection.Of(All, new InstanceFilter { Excluded = ["acme*"] });
        Assert.Equal("globex initech umbrella", string.Join(' ', selection.Chosen));
        Assert.Equal("acme acme-shop", string.Join(' ', selection.Excluded));
    }

    [Fact]
    public void Need_not_be_active_to_be_excluded() => Assert.Empty(Codes(new InstanceFilter { Excluded = ["initech"] }));

    [Fact]
    public void Refuses_what_is_not_there()
    {
        Assert.Equal(["KU-1208"], Codes(new InstanceFilter { Names = ["nobody"] }));
        Assert.Equal(["KU-1211"], Codes(new InstanceFilter { Names = ["nobody*"] }));
        Assert.Equal(["KU-1208"], Codes(new InstanceFilter { Excluded = ["nobody"] }));
        Assert.Equal(["KU-1212"], Codes(new InstanceFilter { Labels = ["region=moon"] }));
        Assert.Equal(["KU-1213"], Codes(new InstanceFilter { Names = ["acme"], Excluded = ["acme"] }));
        Assert.Equal(["KU-1209"], Codes(new InstanceFilter { Names = ["initech"] }));
    }
}
