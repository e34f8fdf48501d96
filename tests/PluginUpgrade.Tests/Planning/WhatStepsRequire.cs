using PluginUpgrade.Planning;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public class WhatStepsRequire
{
    private static UpgradeModule Requiring(string version, string hooks = "n", string? atLeast = null) => Module(version, hooks) with
    {
        Requirements = [atLeast is null ? new Requirement.Query("SELECT true", "It is so.") : new Requirement.AtLeast(V(atLeast))],
    };

    private static Plan Planned(IReadOnlyList<UpgradeModule> modules, params TargetProgress[] instances)
    {
        var (plan, problems) = Planner.Plan(modules, Empty("installation") with
        {
            Target = Target("installation") with { DatabaseName = "main" },
        }, instances, new Goal());
        Assert.Empty(problems);
        return plan;
    }

    private static string Shown(IEnumerable<Precondition> found) =>
        string.Join(", ", found.Select(one => $"{one.Step.Target} {one.Step.Version}{(one.IsNext ? " next" : "")}"));

    [Fact]
    public void Is_known_of_each_targets_next_step_and_of_no_later_one()
    {
        UpgradeModule[] modules = [Module("1.1"), Requiring("1.2"), Requiring("1.3")];
        Assert.Equal("acme 1.2, acme 1.3, globex 1.2 next, globex 1.3",
            Shown(Precondition.Of(Planned(modules, Empty("acme"), With("globex", modules[0])))));
    }

    [Fact]
    public void Is_not_known_where_an_installation_step_comes_before_in_the_same_database()
    {
        UpgradeModule[] modules = [Requiring("1.1", "in")];
        var beside = Empty("acme") with { Target = Target("acme") with { DatabaseName = "main" } };
        Assert.Equal("installation 1.1 next, acme 1.1, globex 1.1 next",
            Shown(Precondition.Of(Planned(modules, beside, Empty("globex")))));
    }

    [Fact]
    public void Is_not_known_of_a_target_that_is_still_to_be_made()
    {
        var made = Empty("acme") with { Target = Target("acme") with { ToBeMade = true } };
        Assert.Equal("acme 1.1", Shown(Precondition.Of(Planned([Requiring("1.1")], made))));
    }

    [Fact]
    public void Is_nothing_where_no_module_requires_anything() =>
        Assert.Empty(Precondition.Of(Planned([Module("1.1", "in")], Empty("acme"))));

    [Theory]
    [InlineData("1.1", null)]
    [InlineData("0", "1.1")]
    [InlineData("1", "1.1")]
    public void A_version_that_the_target_has_not_and_no_module_leads_to_is_missing(string at, string? missing)
    {
        var found = Precondition.Of(Planned([Requiring("1.2", atLeast: "1.1")], WithTables("acme", Baseline(at))));
        Assert.Equal(missing, Assert.Single(found).MissingVersion([])?.Text);
    }

    [Theory]
    [InlineData("1.1", "n", null)]
    [InlineData("1.1.5", "i", null)]
    [InlineData("1.0", "n", "1.1")]
    public void A_version_is_reached_by_a_module_before_whatever_its_scope(string before, string hooks, string? missing)
    {
        UpgradeModule[] modules = [Module(before, hooks), Requiring("1.2", atLeast: "1.1")];
        var found = Precondition.Of(Planned(modules, Empty("acme"))).Single(one => one.Step.Target.Name == "acme");
        Assert.Equal(missing, found.MissingVersion(modules)?.Text);
    }

    [Fact]
    public void A_module_by_hand_is_not_led_to_by_others()
    {
        UpgradeModule[] modules = [Module("1.1"), Requiring("1.2", atLeast: "1.1")];
        var (plan, _) = ManualPlanner.Run([modules[1]], null, [Empty("acme")], again: false);
        Assert.Equal("1.1", Assert.Single(Precondition.Of(plan)).MissingVersion(modules)?.Text);
    }
}
