using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public class PlanningAnUpgrade
{
    private static readonly UpgradeModule[] Seed =
        [Module("1.001", "in"), Module("1.002"), Module("1.003", "i"), Module("1.004", "in"), Module("1.005")];

    private static (Plan Plan, IReadOnlyList<Problem> Problems) Plan(
        Goal goal, TargetProgress installation, params TargetProgress[] instances) =>
        Planner.Plan(Seed, installation, instances, goal);

    [Fact]
    public void K2_goes_through_the_versions_after_the_start_up_to_the_end()
    {
        var (plan, problems) = Plan(
            new Goal { From = V("1.001"), To = V("1.004") }, WithTables("installation"), WithTables("acme"), WithTables("globex"));
        Assert.Empty(problems);
        Assert.Equal(
            ["installation =1.001", "acme =1.001 1.002 | globex =1.001 1.002", "installation 1.003 1.004", "acme 1.004 | globex 1.004"],
            Shown(plan));
    }

    [Fact]
    public void Joins_versions_without_an_installation_step()
    {
        UpgradeModule[] modules = [Module("1"), Module("2"), Module("3", "i"), Module("4"), Module("5"), Module("6", "in")];
        var (plan, _) = Planner.Plan(modules, Empty("installation"), [Empty("a"), Empty("b")], new Goal());
        Assert.Equal(["a 1 2 | b 1 2", "installation 3", "a 4 5 | b 4 5", "installation 6", "a 6 | b 6"], Shown(plan));
    }

    [Fact]
    public void Can_take_the_installation_through_first()
    {
        var (plan, _) = Plan(new Goal { Order = StepOrder.InstallationFirst, To = V("1.004") }, Empty("installation"), Empty("acme"));
        Assert.Equal(["installation 1.001 1.003 1.004", "acme 1.001 1.002 1.004"], Shown(plan));
    }

    [Fact]
    public void K3_orders_versions_by_number_whatever_the_order_they_come_in()
    {
        UpgradeModule[] modules = [Module("1.100"), Module("1.9"), Module("1.10")];
        var (plan, _) = Planner.Plan(modules, Empty("installation"), [Empty("a")], new Goal());
        Assert.Equal(["a 1.9 1.10 1.100", "installation =1.100"], Shown(plan));
    }

    [Fact]
    public void K5_records_a_version_that_was_reached_without_a_module()
    {
        var (plan, _) = Plan(new Goal { From = V("1.001"), To = V("1.002.5") }, WithTables("installation"), WithTables("acme"));
        Assert.Equal(["installation =1.001", "acme =1.001 1.002 =1.002.5", "installation =1.002.5"], Shown(plan));
    }

    [Fact]
    public void K11_runs_an_add_ons_line_of_versions_beside_the_products()
    {
        UpgradeModule[] modules = [Module("2.0"), Module("1.01", component: "Turbo"), Module("1.02", component: "Turbo")];
        var acme = WithTables("acme", Done(modules[0]), Done(modules[1]));
        Assert.Equal(["acme Turbo1.02"], Shown(Planner.Plan(modules, With("installation", modules[0]), [acme], new Goal()).Plan));
    }

    [Fact]
    public void S3_starts_an_empty_target_at_zero_and_refuses_to_guess_for_one_with_tables()
    {
        Assert.Equal("acme 1.001 1.002", Shown(Plan(new Goal { To = V("1.002") }, Empty("installation"), Empty("acme")).Plan)[1]);
        var (plan, problems) = Plan(new Goal(), Empty("installation"), WithTables("acme"), WithTables("globex"));
        Assert.True(plan.IsEmpty);
        Assert.Equal(["KU-4005"], Codes(problems));
        Assert.Equal("acme, globex", problems.Single().Subject);
    }

    [Fact]
    public void S4_finds_nothing_to_do_where_all_stand_at_the_end()
    {
        var installation = WithTables("installation", Done(Seed[0]), Done(Seed[2]), Done(Seed[3]), Baseline("1.005", "reached"));
        Assert.True(Plan(new Goal(), installation, With("acme", Seed[0], Seed[1], Seed[3], Seed[4])).Plan.IsEmpty);
    }

    [Fact]
    public void S7_lets_a_lagging_instance_catch_up_alone()
    {
        var installation = WithTables("installation", Done(Seed[0]), Done(Seed[2]), Done(Seed[3]), Baseline("1.005", "reached"));
        var (plan, problems) = Plan(new Goal(), installation, With("acme", Seed[0]), With("globex", Seed[0], Seed[1], Seed[3], Seed[4]));
        Assert.Empty(problems);
        Assert.Equal(["acme 1.002 1.004 1.005"], Shown(plan));
    }

    [Fact]
    public void Goes_on_from_where_a_target_is_that_is_past_the_start()
    {
        var (plan, problems) = Plan(
            new Goal { From = V("1.001"), To = V("1.004") }, With("installation", Seed[0], Seed[2]), With("acme", Seed[0], Seed[1]));
        Assert.Empty(problems);
        Assert.Equal(["installation 1.004", "acme 1.004"], Shown(plan));
    }

    [Fact]
    public void Counts_a_module_run_by_hand_as_applied_but_not_as_where_the_target_stands()
    {
        var acme = WithTables("acme", Done(Seed[0]), ByHand(Seed[3]));
        var (plan, problems) = Plan(new Goal { To = V("1.004") }, With("installation", Seed[0], Seed[2], Seed[3]), acme);
        Assert.Empty(problems);
        Assert.Equal(["acme 1.002"], Shown(plan));
        Assert.True(Plan(new Goal { To = V("1.004") }, With("installation", Seed[0], Seed[2], Seed[3]), After(acme, plan)).Plan.IsEmpty);
    }

    [Fact]
    public void Goes_on_from_zero_where_a_first_step_failed_and_left_tables()
    {
        var failed = WithTables("acme", Done(Seed[0]) with { State = StepState.Failed });
        Assert.Equal("acme 1.001 1.002", Shown(Plan(new Goal { To = V("1.002") }, Empty("installation"), failed).Plan)[1]);
    }

    [Fact]
    public void Records_that_the_last_version_was_reached_after_all_instances_also_where_some_are_left_out()
    {
        var (plan, _) = Planner.Plan(
            [Module("1"), Module("2")], Empty("installation"), [Empty("a")], new Goal { Without = "--exclude: without b" });
        Assert.Equal(["a 1 2", "installation =2"], Shown(plan));
        Assert.Equal("reached; --exclude: without b", plan.Stages[^1].Lanes[0].Actions[0].Entry!.Note);
    }
}
