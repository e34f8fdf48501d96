using PluginUpgrade.Instances;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

/// <summary>A reviewed plan that builds data beside the live data, and what counts as a difference later.</summary>
public class SideBySideInAPlanFile
{
    private static readonly UpgradeModule[] Modules = [Module("1.8"), Module("2.0", "b") with { Carries = ["big"] }];

    private static PlanFile Of(TargetProgress acme, params UpgradeModule[] modules)
    {
        var goal = new Goal();
        var (plan, _) = Planner.Plan(modules, Empty("installation"), [acme], goal);
        return PlanFile.Of(plan, PlanRequest.Of(InstanceFilter.All, goal, false, SaveRule.Never), "1", DateTimeOffset.UnixEpoch,
            [(acme.Target, null)]);
    }

    private static IReadOnlyList<Problem> Differences(PlanFile reviewed, PlanFile now, TargetProgress acme) => PlanDifferences.Find(
        reviewed, now, new Dictionary<string, IReadOnlyList<JournalRow>>
        {
            ["instance acme"] = acme.Rows,
            ["installation"] = [],
        }, "again");

    [Fact]
    public void Is_written_and_read_with_who_waits_and_what_is_carried()
    {
        var read = PlanFile.Parse(Of(Empty("acme"), Modules).Text());
        Assert.Null(read.Modules[0].SideBySide);
        Assert.True(read.Modules[1].SideBySide is { WritersWait: true, Carries: ["big"] });
        Assert.Equal(["RunModule", "BuildBeside", "VerifyBuild", "SwapSchemas"],
            read.Stages[0].Lanes[0].Steps.Select(step => step.Kind));
    }

    [Fact]
    public void Is_the_same_after_a_part_of_it_was_done_and_after_the_build_failed()
    {
        var reviewed = Of(Empty("acme"), Modules);
        var failed = WithTables("acme", Done(Modules[0]), Done(Modules[1]) with { State = StepState.Failed });
        Assert.Empty(Differences(reviewed, Of(failed, Modules), failed));
        var done = With("acme", Modules);
        Assert.Empty(Differences(reviewed, Of(done, Modules), done));
    }

    [Fact]
    public void Is_another_one_if_the_module_does_something_else_now()
    {
        var reviewed = Of(Empty("acme"), Modules);
        var now = Of(Empty("acme"), Modules[0], Modules[1] with { BuildsBeside = false, HasInstanceStep = true });
        Assert.Equal(["KU-4041"], Codes(Differences(reviewed, now, Empty("acme"))).Distinct());
    }
}
