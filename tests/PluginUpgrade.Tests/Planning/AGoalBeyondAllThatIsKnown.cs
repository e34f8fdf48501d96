using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public class AGoalBeyondAllThatIsKnown
{
    private static readonly UpgradeModule[] Modules = [Module("1.001", "in"), Module("1.002"), Module("1.003", "i"), Module("1.004", "in")];

    private static readonly JournalRow Record = Baseline("1.40", "reached (--record-only)");

    private static (Plan Plan, IReadOnlyList<Problem> Problems) Plan(
        Goal goal, TargetProgress installation, TargetProgress instance, params UpgradeModule[] later) =>
        Planner.Plan([.. Modules.Concat(later).OrderBy(module => module.Version)], installation, [instance], goal);

    private static TargetProgress Installation(params JournalRow[] more) => WithTables(
        "installation", [.. Modules.Where(module => module.HasInstallationStep).Select(Done), .. more]);

    private static TargetProgress Acme(params JournalRow[] more) => WithTables(
        "acme", [.. Modules.Where(module => module.HasInstanceStep).Select(Done), .. more]);

    [Fact]
    public void E1i_is_refused_without_record_only()
    {
        var (plan, problems) = Plan(new Goal { To = V("1.40") }, Installation(), Acme());
        Assert.Equal(["KU-4016"], Codes(problems));
        Assert.True(plan.IsEmpty);
        Assert.Contains("the newest is 1.004", problems[0].Message);
        Assert.Contains("--record-only", problems[0].Remedy);
    }

    [Fact]
    public void E1i_is_recorded_and_nothing_is_run_with_it()
    {
        var (plan, problems) = Plan(new Goal { To = V("1.40"), RecordOnly = true }, Installation(), Acme());
        Assert.Empty(problems);
        Assert.Equal(["acme =1.40", "installation =1.40"], Shown(plan));
        Assert.All(plan.Steps, step => Assert.Equal("reached (--record-only)", step.Entry.Note));
    }

    [Fact]
    public void E1i_runs_no_module_that_is_pending()
    {
        var (plan, problems) = Plan(new Goal { To = V("1.40"), RecordOnly = true }, Installation(), With("acme", Modules[0]));
        Assert.Equal(["KU-4017"], Codes(problems));
        Assert.True(plan.IsEmpty);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1.004")]
    [InlineData("1.40")]
    public void E1i_a_target_that_stands_there_by_its_record_alone_has_nothing_to_do(string? to)
    {
        var (plan, problems) = Plan(new Goal { To = to is null ? null : V(to) }, Installation(Record), Acme(Record));
        Assert.Empty(problems);
        Assert.True(plan.IsEmpty);
    }

    [Fact]
    public void E1i_a_target_that_was_run_there_is_newer_than_every_module()
    {
        var newer = Module("1.40", "in");
        Assert.Contains("KU-4003", Codes(Plan(new Goal(), Installation(Done(newer)), Acme(Done(newer))).Problems));
    }

    [Fact]
    public void E1i_modules_that_arrive_later_in_that_range_are_run_and_are_not_late()
    {
        var (plan, problems) = Plan(new Goal(), Installation(Record), Acme(Record), Module("1.010", "in"), Module("1.40", "n"));
        Assert.Empty(problems);
        Assert.Equal(["installation 1.010", "acme 1.010 1.40"], Shown(plan));
        Assert.All(plan.Steps, step => Assert.Equal(V("1.004"), step.Range.From));
        Assert.All(plan.Steps, step => Assert.Equal(V("1.40"), step.PlannedAt));
    }

    [Fact]
    public void E1i_a_module_below_what_was_run_is_late_all_the_same() =>
        Assert.Equal(["KU-4007"], Codes(Plan(new Goal(), Installation(Record), Acme(Record), Module("1.003.5", "n")).Problems));

    [Fact]
    public void E1i_one_that_something_in_the_folder_is_of_is_known()
    {
        var (_, problems) = Plan(new Goal { To = V("1.005"), KnownBesides = [V("1.005")] }, Installation(), Acme());
        Assert.Empty(problems);
    }

    [Fact]
    public void E1i_records_are_corrected_and_what_was_run_is_not()
    {
        (Plan Plan, IReadOnlyList<Problem> Problems) To(string version, bool replace = true) =>
            ManualPlanner.Baseline(Modules, Installation(Record), [Acme(Record)], V(version), replace);
        Assert.Equal(["KU-4014", "KU-4014"], Codes(To("1.004", replace: false).Problems));
        Assert.Equal(["KU-4019", "KU-4019"], Codes(To("1.002").Problems));
        var step = To("1.004").Plan.Steps.First();
        Assert.Equal([V("1.40")], step.Entry.RemovesRecords);
        Assert.True(To("1.006").Plan.Steps.All(one => one.Entry.Note.StartsWith("reached", StringComparison.Ordinal)));
        Assert.True(To("1.40").Plan.IsEmpty);
    }

    [Fact]
    public void E1i_a_baseline_that_nothing_here_knows_is_warned_of()
    {
        var (plan, problems) = ManualPlanner.Baseline(Modules, WithTables("installation"), [WithTables("acme")], V("1.40"));
        Assert.Equal(["KU-4018"], problems.Select(problem => problem.Code));
        Assert.False(plan.IsEmpty);
    }
}
