using PluginUpgrade.Payloads;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Planning;

/// <summary>
/// Makes a plan from modules, progress and goal, or returns every reason against one. Pure: no connection, no clock, no file. To resume is
/// to plan again: steps that the journals have as done are left out.
/// </summary>
public static class Planner
{
    /// <param name="modules">The catalogue, in any order, with no version twice in a component.</param>
    /// <param name="installation">The installation's progress; needed even where only instances are upgraded.</param>
    /// <param name="instances">The progress of the instances that take part.</param>
    /// <param name="payload">The content of the payload folder; null: none.</param>
    /// <param name="histories">The declared schemas; null: none.</param>
    public static (Plan Plan, IReadOnlyList<Problem> Problems) Plan(
        IReadOnlyList<UpgradeModule> modules, TargetProgress installation, IReadOnlyList<TargetProgress> instances,
        Goal goal, string folder = "upgrade", PayloadReading? payload = null, IReadOnlyList<SchemaHistory>? histories = null)
    {
        List<Problem> problems = [.. ComponentProblems(modules)];
        List<Stage> stages = [];
        var ordered = instances.OrderBy(instance => instance.Target.Name, StringComparer.Ordinal).ToList();
        foreach (var part in Component.Of(modules, histories).Where(part => part.IsProduct || !goal.RecordOnly))
        {
            var component = part.IsProduct ? WithFiles(part, payload, installation) : part;
            if (GoalProblem(component, goal, folder) is { } problem)
            {
                problems.Add(problem);
                continue;
            }
            var work = new ComponentPlanner(component, goal, installation, ordered, payload);
            problems.AddRange(work.Problems);
            var builder = new StageBuilder(goal.Waves, goal.Atomic);
            stages.AddRange(builder.Of(work.Installation, work.Instances, goal.Order).Select(stage => stage with
            {
                // An add-on needs the product, but no other add-on.
                Component = component.Name,
                DependsOn = component.IsProduct ? [component.Name] : ["", component.Name],
            }));
        }
        return problems.HaveErrors() ? (Planning.Plan.Empty, problems) : (new Plan(stages), problems);
    }

    private static Component WithFiles(Component component, PayloadReading? payload, TargetProgress installation) => component with
    {
        Files = new[] { payload?.Payload?.Version, PayloadDecision.Newest(installation)?.Version }.Max(),
    };

    private static IEnumerable<Problem> ComponentProblems(IReadOnlyList<UpgradeModule> modules)
    {
        var taken = modules.Where(module => HostComponents.IsReserved(module.Component)).Select(module => module.File).Distinct().ToList();
        if (taken.Count > 0) yield return PayloadProblem.ComponentTaken(taken);
    }

    private static Problem? GoalProblem(Component component, Goal goal, string folder) => component switch
    {
        { IsProduct: false } => null,
        _ when goal.To is null && component.Newest == UpgradeVersion.Zero => PlanProblem.NoModules(folder),
        _ when goal.From > (goal.To ?? component.Newest) => PlanProblem.FromAfterTo(goal.From.Value, goal.To ?? component.Newest),
        _ => null,
    };
}
