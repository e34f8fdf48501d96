using PluginUpgrade.Checks;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;
using PluginUpgrade.Upgrades;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

/// <summary>New data beside the live data: what is planned, asked and refused before anything changes.</summary>
public class PlanningSideBySide
{
    private static readonly UpgradeModule Catalogue = Module("2.0", "b") with { Drains = true, Carries = ["big"] };

    private static readonly UpgradeModule Exact = Module("2.0", "b") with { Requirements = [new Requirement.Exactly(V("1.7"))] };

    private static Plan Planned(UpgradeModule[] modules, params TargetProgress[] instances) => Planned(new Goal(), modules, instances);

    private static Plan Planned(Goal goal, UpgradeModule[] modules, params TargetProgress[] instances)
    {
        var (plan, problems) = Planner.Plan(modules, Empty("installation"), instances, goal);
        Assert.Empty(problems);
        return plan;
    }

    private static TargetProgress At(string name, string version) => WithTables(name, Baseline(version));

    private static IEnumerable<SideBySideAction> Parts(Plan plan) => plan.Actions.OfType<SideBySideAction>();

    [Fact]
    public void Is_drained_built_verified_and_swapped_in_one_lane() =>
        Assert.Equal(["acme 2.0drain 2.0build 2.0verify 2.0swap", "installation =2.0"], Shown(Planned([Catalogue], At("acme", "1.7"))));

    [Fact]
    public void Is_drained_only_where_the_module_can() =>
        Assert.Equal("acme 2.0build 2.0verify 2.0swap", Shown(Planned([Catalogue with { Drains = false }], At("acme", "1.7")))[0]);

    [Fact]
    public void Says_the_same_of_its_version_in_each_part_and_writes_one_row()
    {
        var parts = Parts(Planned([Catalogue], At("acme", "1.7"))).ToList();
        Assert.All(parts, part => Assert.Equal(
            ("", "2.0", "1.7", "2.0"), (part.Component, part.Version.Text, part.PlannedAt?.Text, part.Range.To.Text)));
        Assert.Equal(new JournalEntry(Catalogue.Name, Catalogue.Sha256), Assert.Single(parts, part => part.Entry is not null).Entry);
    }

    [Fact]
    public void Notes_in_its_row_what_was_overridden()
    {
        var (plan, _) = Planner.Plan([Catalogue], Empty("installation"),
            [With("acme", Module("1.7"))], new Goal { AllowMissing = true });
        Assert.All(Parts(plan), part => Assert.Equal("--allow-missing", part.Note));
        Assert.Equal("--allow-missing", Parts(plan).Single(part => part is SwapSchemas).Entry!.Note);
    }

    [Fact]
    public void Runs_its_installation_step_as_any_other_before()
    {
        var plan = Planned([Catalogue with { HasInstallationStep = true }], At("acme", "1.7"));
        Assert.Equal(["installation 2.0", "acme 2.0drain 2.0build 2.0verify 2.0swap"], Shown(plan));
        Assert.Equal("V2_0", Assert.Single(plan.Modules).Name);
    }

    [Fact]
    public void Is_one_step_among_others_of_a_range_and_in_waves()
    {
        var (waves, _) = Waves.Of([new WaveSetting.Some(1)], [], [Fleet.Target("acme"), Fleet.Target("globex")]);
        Assert.Equal(
            ["acme 1.8 2.0build 2.0verify 2.0swap 2.1", "globex 1.8 2.0build 2.0verify 2.0swap 2.1", "installation =2.1"],
            Shown(Planned(new Goal { Waves = waves }, [Module("1.8"), Module("2.0", "b"), Module("2.1")], Empty("acme"), Empty("globex"))));
    }

    [Fact]
    public void Is_not_begun_again_once_it_is_done() => Assert.Empty(Parts(Planned([Catalogue], With("acme", Catalogue))));

    /// <summary>A build that was interrupted is continued or begun again: nobody has to look at it first.</summary>
    [Fact]
    public void Is_tried_again_after_a_failure() => Assert.Equal(4, Parts(Planned([Catalogue with { Transactional = false }],
        WithTables("acme", Baseline("1.7"), Done(Catalogue) with { State = StepState.Failed }))).Count());

    [Theory]
    [InlineData(false, "nobody, writers, writers, everybody")]
    [InlineData(true, "nobody, nobody, nobody, everybody")]
    public void Says_who_waits(bool catchesUp, string expected) => Assert.Equal(expected, string.Join(", ",
        Parts(Planned([Catalogue with { CatchesUp = catchesUp }], At("acme", "1.7"))).Select(part => $"{part.Waits}".ToLowerInvariant())));

    [Fact]
    public void Is_saved_before_where_that_is_asked_or_it_destroys_something()
    {
        var plan = Planned([Catalogue], At("acme", "1.7"));
        Assert.Equal((0, 1), (SaveBefore.Of(plan, SaveRule.Auto).Count, SaveBefore.Of(plan, SaveRule.Always).Count));
        Assert.Equal("2.0", SaveBefore.Goals(plan)[plan.Lanes.First().Target][""]);
        var destroying = Planned([Catalogue with { Irreversible = true }], At("acme", "1.7"));
        Assert.Equal("acme", $"{Assert.Single(SaveBefore.Of(destroying, SaveRule.Auto))}");
    }

    [Fact]
    public void Has_its_requirements_checked_once_before_its_first_part()
    {
        var module = Catalogue with { ChecksInstance = true };
        var found = Assert.Single(Precondition.Of(Planned([module], At("acme", "1.7"))));
        Assert.True(found is { IsNext: true, Step.Action: DrainLive }, $"{found.Step}");
        var later = Precondition.Of(Planned([Module("1.8"), module], At("acme", "1.7")));
        Assert.False(Assert.Single(later).IsNext);
    }

    private static string[] Refused(Plan plan, params UpgradeModule[] modules) =>
        [.. RequirementCheck.OtherVersions(plan, modules).Select(problem => $"{problem}")];

    [Fact]
    public void T3_is_refused_from_any_version_but_the_one_that_it_requires()
    {
        UpgradeModule[] modules = [Exact];
        var found = RequirementCheck.OtherVersions(
            Planned(modules, At("acme", "1.7"), At("globex", "1.6"), At("initech", "1.7.0"), At("umbrella", "1.8")), modules).ToList();
        Assert.Equal(
            [
                "KU-3239 globex: V2_0 cannot run: it requires exactly 1.7, but the version before it is 1.6.",
                "KU-3239 umbrella: V2_0 cannot run: it requires exactly 1.7, but the version before it is 1.8.",
            ], found.Select(problem => $"{problem}"));
        Assert.StartsWith("Upgrade to 1.7 first", found[0].Remedy, StringComparison.Ordinal);
        Assert.Contains("made for 1.8", found[1].Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.7", "n", "")]
    [InlineData("1.7", "i", "")]
    [InlineData("1.8", "n", "1.8")]
    [InlineData("1.6.5", "n", "1.6.5")]
    public void T3_counts_the_steps_that_the_plan_runs_before(string before, string hooks, string wrong)
    {
        UpgradeModule[] modules = [Module(before, hooks), Exact];
        var found = Refused(Planned(modules, At("acme", "1.6")), modules);
        if (wrong.Length == 0) Assert.Empty(found);
        else Assert.EndsWith($"the version before it is {wrong}.", Assert.Single(found), StringComparison.Ordinal);
    }

    [Fact]
    public void T3_counts_versions_of_its_own_component_only()
    {
        var turbo = Module("2.0", "b", "Turbo") with { Requirements = [new Requirement.Exactly(V("1.7"))] };
        UpgradeModule[] modules = [Module("1.7"), turbo];
        Assert.EndsWith("the version before it is 0.", Assert.Single(Refused(Planned(modules, Empty("acme")), modules)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void T3_counts_for_a_module_by_hand_only_what_the_target_has()
    {
        UpgradeModule[] modules = [Module("1.7"), Exact];
        var (plan, _) = ManualPlanner.Run([Exact], null, [At("acme", "1.6"), At("globex", "1.7")], again: false, modules);
        Assert.StartsWith("KU-3239 acme", Assert.Single(Refused(plan, modules)), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_by_hand_in_the_same_parts_and_does_not_count()
    {
        var (plan, problems) = ManualPlanner.Run([Catalogue], null, [At("acme", "1.7")], again: false);
        Assert.Empty(problems);
        Assert.Equal(["acme 2.0drain 2.0build 2.0verify 2.0swap"], Shown(plan));
        Assert.All(Parts(plan), part => Assert.True(part.ByHand));
        Assert.True(Parts(plan).Last().Entry is { ByHand: true, Again: false, Note: "by hand" });
    }

    [Fact]
    public void Is_not_run_again_over_its_own_result()
    {
        var (plan, problems) = ManualPlanner.Run([Catalogue], null, [With("acme", Catalogue)], again: true);
        Assert.True(plan.IsEmpty);
        Assert.Equal(["KU-4023"], Codes(problems));
    }

    [Fact]
    public void Is_neither_in_one_transaction_with_others_nor_rolled_back_and_both_are_said_at_once()
    {
        var atomic = Planned(new Goal { Atomic = true }, [Module("1.8"), Catalogue], At("acme", "1.7"), At("globex", "1.7"));
        Assert.Equal(["KU-4021"], SideBySideLimits.Find(atomic, isDryRun: false).Select(problem => problem.Code));
        Assert.Equal(["KU-4021", "KU-4022"], SideBySideLimits.Find(atomic, isDryRun: true).Select(problem => problem.Code));
        Assert.All(SideBySideLimits.Find(atomic, isDryRun: true), problem => Assert.Contains("acme, globex", problem.Message));
    }

    [Fact]
    public void Limits_nothing_where_nothing_is_built()
    {
        var goal = new Goal { Atomic = true };
        Assert.Empty(SideBySideLimits.Find(Planned(goal, [Module("1.8")], At("acme", "1.7")), isDryRun: true));
        var done = With("acme", Module("1.8"), Catalogue);
        Assert.Empty(SideBySideLimits.Find(Planned(goal, [Module("1.8"), Catalogue], done), isDryRun: true));
    }

    [Fact]
    public void T2_asks_one_grave_question_that_says_what_is_exchanged_and_kept()
    {
        var asked = GraveQuestion.Of(Planned([Catalogue], At("acme", "1.7")))!;
        Assert.Equal(
            ("The live data of acme is exchanged for new data. The old data is kept as acme__before.", true, Unasked.Refuse),
            (asked.Question, asked.IsGrave, asked.Unasked));
        Assert.Equal(
            "KU-1107 swap of V2_0: It exchanges live data, and was not confirmed.", $"{asked.Refusal}");
    }

    [Fact]
    public void T2_asks_once_for_a_swap_and_an_irreversible_step()
    {
        var asked = GraveQuestion.Of(Planned([Module("1.8") with { Irreversible = true }, Catalogue], At("acme", "1.7")))!;
        Assert.StartsWith("What these steps destroy cannot be recovered. The live data of acme", asked.Question, StringComparison.Ordinal);
        Assert.Equal("V1_8, swap of V2_0", asked.Refusal.Subject);
    }

    [Fact]
    public void T2_names_the_database_where_all_of_it_is_exchanged()
    {
        var own = At("acme", "1.7") with { Target = Fleet.Target("acme") with { OwnDatabase = true, DatabaseName = "acmedb" } };
        Assert.Contains("kept as database acmedb__before.", GraveQuestion.Of(Planned([Catalogue], own))!.Question);
    }

    [Fact]
    public void T2_asks_nothing_grave_where_nothing_is_exchanged() =>
        Assert.Null(GraveQuestion.Of(Planned([Module("1.8")], At("acme", "1.7"))));
}
