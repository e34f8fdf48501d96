using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Which targets of a plan are saved before its first step, and the versions that the plan takes them to. Pure.</summary>
public static class SaveBefore
{
    /// <returns>Without duplicates, in the plan's order. Targets that do not exist yet hold nothing to save.</returns>
    public static IReadOnlyList<Target> Of(Plan plan, SaveRule rule)
    {
        if (rule == SaveRule.Never) return [];
        // Most of thousands of lanes share their actions.
        Dictionary<IReadOnlyList<StepAction>, bool> isSaved = new(ReferenceEqualityComparer.Instance);
        HashSet<Target> targets = new(ReferenceEqualityComparer.Instance);
        List<Target> saved = [];
        foreach (var lane in plan.Lanes.Where(lane => !lane.Target.ToBeMade))
        {
            if (!isSaved.TryGetValue(lane.Actions, out var asked))
                isSaved[lane.Actions] = asked = lane.Actions.Any(action => IsAsked(action, rule));
            if (asked && targets.Add(lane.Target)) saved.Add(lane.Target);
        }
        return saved;
    }

    private static bool IsAsked(StepAction action, SaveRule rule) =>
        action.ChangesData && (rule == SaveRule.Always || action.CouldHarm);

    /// <summary>The newest version of each component that the plan takes a target to.</summary>
    public static IReadOnlyDictionary<Target, IReadOnlyDictionary<string, string>> Goals(Plan plan) =>
        plan.Lanes.GroupBy(lane => lane.Target, ReferenceEqualityComparer.Instance).ToDictionary(
            lanes => (Target)lanes.Key!,
            lanes => (IReadOnlyDictionary<string, string>)lanes.SelectMany(lane => lane.Actions).Where(action => action.Entry is not null)
                .GroupBy(action => action.Component)
                .ToDictionary(actions => actions.Key, actions => $"{actions.Max(action => action.Version)}"),
            ReferenceEqualityComparer.Instance as IEqualityComparer<Target>);
}
