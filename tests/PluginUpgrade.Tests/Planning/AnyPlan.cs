using FsCheck;
using FsCheck.Fluent;
using PluginUpgrade.Planning;
using PluginUpgrade.Steps;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

/// <summary>What holds of every plan, tried on random catalogues, journals and goals.</summary>
public class AnyPlan
{
    public sealed record Case(UpgradeModule[] Modules, TargetProgress Installation, TargetProgress[] Instances, Goal Goal)
    {
        public (Plan Plan, IReadOnlyList<Problem> Problems) Plan() => Planner.Plan(Modules, Installation, Instances, Goal);

        public override string ToString() =>
            $"modules {string.Join(' ', Modules.Select(Text))}; installation {Text(Installation)}; " +
            $"{string.Join("; ", Instances.Select(i => $"{i.Target} {Text(i)}"))}; {Goal.From}..{Goal.To} {Goal.Order}";

        private static string Text(UpgradeModule module) =>
            $"{module.Version}{(module.HasInstallationStep ? "i" : "")}{(module.HasInstanceStep ? "n" : "")}" +
            $"{(module.BuildsBeside ? "b" : "")}";

        private static string Text(TargetProgress progress) => string.Join(' ', progress.Rows.Select(row => $"{row.Version}:{row.State}"));
    }

    private static readonly Gen<UpgradeModule[]> AnyModules =
        from versions in Gen.SubListOf("1.9", "1.10", "1.100", "2.0.9", "2.0.10", "2.1.0", "3", "3.0.1", "10")
        from hooks in Gen.Elements("i", "n", "in", "b", "ib").ArrayOf(9)
        select versions.Zip(hooks, (version, hook) => Module(version, hook)).ToArray();

    private static Gen<TargetProgress> Progress(string name, UpgradeModule[] modules) =>
        from start in Gen.Choose(0, modules.Length)
        select start == 0 ? Empty(name) : WithTables(name, [
            .. modules.Take(start).Where(m => m.HasStepFor(Target(name).Scope)).Select(Done),
            Baseline(modules[start - 1].Version.Text, "reached"),
        ]);

    private static readonly Arbitrary<Case> Cases = Arb.From(
        from modules in AnyModules
        let sorted = modules.OrderBy(module => module.Version).ToArray()
        from installation in Progress("installation", sorted)
        from a in Progress("a", sorted)
        from b in Progress("b", sorted)
        from to in Gen.Elements("1.10", "2.0.10", "2.0.95", "3.0.1", "10", "11")
        from order in Gen.Elements(StepOrder.VersionByVersion, StepOrder.InstallationFirst)
        select new Case(modules, installation, [a, b], new Goal { To = V(to), Order = order, KnownBesides = [V("11")] }));

    private static void ForAll(Func<Case, bool> holds) =>
        Prop.ForAll(Cases, holds).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Is_often_not_refused() =>
        Assert.True(
            Gen.Sample(Cases.Generator, 300).Count(c => !c.Plan().Plan.IsEmpty) > 100,
            "The cases tried must be ones where something is planned.");

    [Fact]
    public void Holds_nothing_outside_its_range() => ForAll(c => c.Plan().Plan.Steps.All(step =>
        step.Version <= c.Goal.To && (step.Action is not RunModule || step.Range.Contains(step.Version))));

    [Fact]
    public void Takes_each_target_through_its_versions_in_order() => ForAll(c => Recorded(c).GroupBy(step => step.Target.Name)
        .All(steps => steps.Zip(steps.Skip(1)).All(pair => pair.First.Version < pair.Second.Version)));

    [Fact]
    public void Runs_nothing_twice() => ForAll(c =>
        Recorded(c).GroupBy(step => (step.Target.Name, step.Version.Key)).All(same => same.Count() == 1));

    private static IEnumerable<UpgradeStep> Recorded(Case c) => c.Plan().Plan.Steps.Where(step => step.Action.Entry is not null);

    /// <summary>One lane, so that one session can hold the lock from the first part to the last.</summary>
    [Fact]
    public void H_keeps_the_parts_of_a_side_by_side_upgrade_together() => ForAll(c => c.Plan().Plan.Lanes.All(lane =>
    {
        var parts = lane.Actions.Select((action, i) => (action, i)).Where(one => one.action is SideBySideAction).ToList();
        return parts.Chunk(3).All(three => three.Select(one => one.action.Kind)
                .SequenceEqual([nameof(BuildBeside), nameof(VerifyBuild), nameof(SwapSchemas)])
            && three[2].i == three[0].i + 2 && three.All(one => one.action.Version == three[0].action.Version));
    }));

    [Fact]
    public void Leaves_nothing_out() => ForAll(c =>
    {
        var (plan, problems) = c.Plan();
        return problems.Count > 0 || c.Instances.Append(c.Installation).All(target => c.Modules
            .Where(m => m.HasStepFor(target.Target.Scope) && m.Version <= c.Goal.To)
            .All(m => target.Rows.Any(row => row.Version == m.Version)
                || plan.Steps.Any(s => s.Action.Entry is not null && s.Action.Runs == m && s.Target.Name == target.Target.Name)
                || target.Rows.Any(row => row.Version > m.Version)));
    });

    [Fact]
    public void Is_followed_by_an_empty_one() => ForAll(c =>
    {
        var (plan, problems) = c.Plan();
        if (problems.Count > 0) return true;
        var instances = c.Instances.Select(i => After(i, plan));
        return Planner.Plan(c.Modules, After(c.Installation, plan), [.. instances], c.Goal) is { Plan.IsEmpty: true, Problems.Count: 0 };
    });

    [Fact]
    public void Does_not_depend_on_the_order_of_what_it_is_made_from() => ForAll(c => Shown(c.Plan().Plan).SequenceEqual(Shown(
        Planner.Plan([.. c.Modules.Reverse()], c.Installation, [.. c.Instances.Reverse()], c.Goal).Plan)));

    [Fact]
    public void Runs_the_installation_step_of_a_version_before_and_that_of_the_next_after_its_instances() => ForAll(c =>
    {
        if (c.Goal.Order == StepOrder.InstallationFirst) return true;
        var at = c.Plan().Plan.Stages
            .SelectMany((stage, i) => stage.Lanes.SelectMany(lane => lane.Steps).Select(step => (Step: step, Stage: i)))
            .ToList();
        var walls = at.Where(x => x.Step is { Target.Scope: Scope.Installation, Action: RunModule });
        return walls.All(wall => at.Where(x => x.Step.Target.Scope == Scope.Instance && x.Step.Action.Runs is not null)
            .All(x => x.Step.Version < wall.Step.Version ? x.Stage < wall.Stage : x.Stage > wall.Stage));
    });
}
