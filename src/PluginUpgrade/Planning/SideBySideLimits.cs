using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Ways to run a plan that are impossible where it builds data side by side. Pure.</summary>
public static class SideBySideLimits
{
    /// <summary>All of them at once.</summary>
    public static IEnumerable<Problem> Find(Plan plan, bool isDryRun)
    {
        var lanes = plan.Lanes.Where(lane => lane.Actions.Any(action => action is BuildBeside)).ToList();
        if (lanes.Count == 0) yield break;
        var modules = lanes.SelectMany(lane => lane.Actions).OfType<BuildBeside>().Select(build => build.Module).Distinct().ToList();
        var atomic = Targets(lanes.Where(lane => lane.IsAtomic));
        if (atomic.Count > 0) yield return PlanProblem.AtomicBuild(modules, atomic);
        if (isDryRun) yield return PlanProblem.DryBuild(modules, Targets(lanes));
    }

    private static List<Target> Targets(IEnumerable<Lane> lanes) => [.. lanes.Select(lane => lane.Target).Distinct()];
}
