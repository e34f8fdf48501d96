using PluginUpgrade.Planning;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>A plan in a few lines, shown before the question whether to begin.</summary>
public static class PlanSummary
{
    private const int Shown = 20;

    /// <param name="saved">What is saved before the first step.</param>
    /// <param name="all">The command that shows the whole plan.</param>
    public static IEnumerable<string> Of(Plan plan, IReadOnlyList<Target> saved, OperatorHooks hooks, string all)
    {
        var steps = Words.Count(plan.Lanes.Sum(lane => lane.Count), "step");
        var targets = Words.Count(plan.Lanes.Select(lane => lane.Target).Distinct().Count(), "target");
        yield return $"This will run {steps} on {targets}:";
        var lines = Lines(plan).ToList();
        foreach (var line in lines.Take(Shown)) yield return $"  {line}";
        if (lines.Count > Shown) yield return $"  and {lines.Count - Shown} more lines. To show all: {all}";
        if (saved.Count > 0) yield return $"Saved before the first step: {Names(saved)}.";
        foreach (var (name, hook) in hooks.All) yield return Printable.Line($"Hook {name}: {hook.Command}");
    }

    /// <summary>Groups lanes whose actions read the same, even if their journals differed before.</summary>
    public static IEnumerable<IReadOnlyList<Lane>> Alike(Stage stage) => stage.Lanes.GroupBy(lane => lane.Actions)
        .GroupBy(lanes => string.Join('\n', lanes.Key.Select(action => $"{action.Title}: {action.Description}")))
        .Select(groups => (IReadOnlyList<Lane>)[.. groups.SelectMany(lanes => lanes)]);

    public static string Names(IEnumerable<Target> targets) => Words.Names([.. targets.Select(target => $"{target}")]);

    private static IEnumerable<string> Lines(Plan plan) =>
        from stage in plan.Stages
        from lanes in Alike(stage)
        from action in lanes[0].Actions
        select Printable.Line($"{action.Title} on {Names([.. lanes.Select(lane => lane.Target)])}" +
            (action.Description.Length > 0 ? $": {action.Description}" : ""));
}
