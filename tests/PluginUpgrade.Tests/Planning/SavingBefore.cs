using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public class SavingBefore
{
    private static readonly UpgradeModule Plain = Module("1.001", "in");
    private static readonly UpgradeModule Dropping = Module("1.002") with { Irreversible = true };
    private static readonly UpgradeModule Index = Module("1.003") with { Transactional = false, Repeatable = true };

    [Fact]
    public void Takes_those_that_a_step_could_harm_for_good()
    {
        Assert.Equal([], Saved(SaveRule.Auto, [Plain]));
        Assert.Equal(["acme", "globex"], Saved(SaveRule.Auto, [Plain, Dropping]));
        Assert.Equal(["acme", "globex"], Saved(SaveRule.Auto, [Plain, Index]));
    }

    [Fact]
    public void Takes_all_or_none_where_that_is_said()
    {
        Assert.Equal(["installation", "acme", "globex"], Saved(SaveRule.Always, [Plain]));
        Assert.Equal([], Saved(SaveRule.Never, [Plain, Dropping, Index]));
    }

    [Fact]
    public void Leaves_out_what_is_still_to_be_made()
    {
        var (plan, _) = PlanOf([Dropping], acme => acme with { ToBeMade = true });

        Assert.Equal(["globex"], SaveBefore.Of(plan, SaveRule.Auto).Select(target => $"{target}"));
    }

    [Fact]
    public void Knows_how_far_each_target_is_taken()
    {
        var (plan, _) = PlanOf([Plain, Dropping], acme => acme);

        var goals = SaveBefore.Goals(plan);

        Assert.Equal(["1.002", "1.002", "1.002"], plan.Lanes.Select(lane => lane.Target).Distinct().Select(target => goals[target][""]));
    }

    private static string[] Saved(SaveRule rule, UpgradeModule[] modules) =>
        [.. SaveBefore.Of(PlanOf(modules, acme => acme).Plan, rule).Select(target => $"{target}")];

    private static (Plan Plan, IReadOnlyList<Problem> Problems) PlanOf(UpgradeModule[] modules, Func<Target, Target> acme) =>
        Planner.Plan(modules, Empty("installation"), [Empty("acme") with { Target = acme(Target("acme")) }, Empty("globex")], new Goal());
}
