using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public class RefusingAnUpgrade
{
    private static readonly UpgradeModule[] Modules = [Module("1.001", "in"), Module("1.002"), Module("1.003", "i"), Module("1.004", "in")];
    private static readonly TargetProgress Installation = WithTables("installation", Done(Modules[0]), Done(Modules[2]), Done(Modules[3]));

    private static string[] Refusals(Goal goal, params TargetProgress[] instances) => Refusals(goal, Installation, instances);

    private static string[] Refusals(Goal goal, TargetProgress installation, params TargetProgress[] instances)
    {
        var (plan, problems) = Planner.Plan(Modules, installation, instances, goal);
        var codes = Codes(problems);
        Assert.True(codes.Length == 0 || plan.IsEmpty, "A refused plan holds nothing to do.");
        return codes;
    }

    [Fact]
    public void S1_where_the_journal_is_behind_the_start() =>
        Assert.Equal(["KU-4004"], Refusals(new Goal { From = V("1.003") }, With("acme", Modules[0])));

    [Fact]
    public void S2_where_a_target_is_beyond_the_end() =>
        Assert.Equal(["KU-4002"], Refusals(new Goal { To = V("1.004") }, WithTables("acme", Baseline("1.005"))));

    [Fact]
    public void S2_where_a_target_is_newer_than_every_module() =>
        Assert.Equal(["KU-4003"], Refusals(new Goal(), WithTables("acme", Baseline("2.0"))));

    [Fact]
    public void Where_the_start_is_newer_than_the_end() =>
        Assert.Equal(["KU-4001"], Refusals(new Goal { From = V("1.10"), To = V("1.9") }, Empty("acme")));

    [Fact]
    public void Where_a_step_is_torn()
    {
        var torn = Done(Modules[1]) with { State = StepState.Running };
        Assert.Equal(["KU-4006"], Refusals(new Goal(), WithTables("acme", Done(Modules[0]), torn)));
    }

    [Fact]
    public void Where_a_module_arrived_late_unless_that_is_allowed()
    {
        var acme = With("acme", Modules[0], Modules[3]);
        Assert.Equal(["KU-4007"], Refusals(new Goal(), acme));
        var (plan, _) = Planner.Plan(Modules, Installation, [acme], new Goal { AllowOutOfOrder = true });
        Assert.Equal(["acme 1.002"], Shown(plan));
        Assert.Equal("--allow-out-of-order", plan.Steps.Single().Action.Note);
    }

    [Fact]
    public void Where_a_module_arrived_late_below_a_version_that_was_only_reached() =>
        Assert.Equal(["KU-4007"], Refusals(new Goal { To = V("1.003.5") },
            With("installation", Modules[0], Modules[2]), WithTables("acme", Done(Modules[0]), Baseline("1.003.5", "reached"))));

    [Fact]
    public void But_not_for_modules_below_a_declared_baseline() =>
        Assert.Empty(Refusals(new Goal(), WithTables("acme", Baseline("1.003"))));

    [Fact]
    public void Where_the_journal_knows_a_module_that_is_missing_unless_that_is_allowed()
    {
        var acme = With("acme", Modules[0], Module("1.001.5"), Modules[1], Modules[3]);
        Assert.Equal(["KU-4008"], Refusals(new Goal(), acme));
        Assert.Empty(Refusals(new Goal { AllowMissing = true }, acme));
    }

    [Fact]
    public void Where_a_module_changed_since_it_was_applied_unless_that_is_allowed()
    {
        var acme = WithTables("acme", Done(Modules[0]), Done(Modules[1]) with { Sha256 = "another" }, Done(Modules[3]));
        var globex = WithTables("globex", Done(Modules[0]), Done(Modules[1]) with { Sha256 = "another" }, Done(Modules[3]));
        Assert.Equal(["KU-4009"], Refusals(new Goal(), acme, globex));
        Assert.Empty(Refusals(new Goal { AllowChanged = true }, acme, globex));
    }

    [Fact]
    public void Named_instances_are_refused_if_an_earlier_installation_step_has_not_run()
    {
        var goal = new Goal { OnlyInstances = true };
        var installation = With("installation", Modules[0]);
        Assert.Equal(["KU-4010"], Refusals(goal, installation, With("acme", Modules[0])));
        var (plan, _) = Planner.Plan(Modules, installation, [With("acme", Modules[0])], goal with { SkipInstallation = true });
        Assert.Equal(["acme 1.002 1.004"], Shown(plan));
        Assert.All(plan.Steps, step => Assert.Contains("--skip-installation", step.Action.Note));
    }

    [Fact]
    public void Named_instances_are_upgraded_without_the_installation_and_the_others()
    {
        var goal = new Goal { OnlyInstances = true };
        var (plan, problems) = Planner.Plan(Modules, Installation, [With("acme", Modules[0])], goal);
        Assert.Empty(problems);
        Assert.Equal(["acme 1.002 1.004"], Shown(plan));
    }

    [Fact]
    public void Where_there_are_no_modules_and_no_end_is_named()
    {
        Assert.Equal(["KU-4011"], Codes(Planner.Plan([], Empty("installation"), [Empty("acme")], new Goal()).Problems));
        Assert.Empty(Planner.Plan([], Empty("installation"), [Empty("acme")], new Goal { To = V("1"), RecordOnly = true }).Problems);
    }

    [Fact]
    public void Tells_all_reasons_at_once() => Assert.Equal(["KU-4002", "KU-4005", "KU-4006"], Refusals(
        new Goal { To = V("1.004") },
        WithTables("a", Baseline("3")),
        WithTables("b", ByHand(Modules[0])),
        WithTables("c", Done(Modules[0]), Done(Modules[1]) with { State = StepState.Running })));
}
