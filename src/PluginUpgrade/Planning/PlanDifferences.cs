using PluginUpgrade.Journals;

namespace PluginUpgrade.Planning;

/// <summary>
/// What has changed since a plan was written to a file. Steps that were done in the meantime are no difference: as always, the same command
/// continues with what is left. Pure.
/// </summary>
public static class PlanDifferences
{
    /// <param name="reviewed">The plan in the file.</param>
    /// <param name="now">The plan of the same request now.</param>
    /// <param name="rows">The journal of each target, by its key.</param>
    /// <param name="again">The command that makes the plan again, in the same file.</param>
    /// <returns>Errors; none if exactly the reviewed plan can be run.</returns>
    public static IReadOnlyList<Problem> Find(
        PlanFile reviewed, PlanFile now, IReadOnlyDictionary<string, IReadOnlyList<JournalRow>> rows, string again)
    {
        List<Problem> found = [];
        if (reviewed.Program != now.Program)
            found.Add(Moved("krang-upgrade", $"The plan was made by version {reviewed.Program}; this is version {now.Program}."));
        found.AddRange(Modules(reviewed, now));
        var (before, after) = (StepsOf(reviewed), StepsOf(now));
        foreach (var target in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
            found.AddRange(Target(target, before, after, rows.GetValueOrDefault(target)));
        found.AddRange(Places(reviewed, now));
        // If nothing is done yet, the order is compared too. What is left of a plan is ordered by the same rules.
        if (found.Count == 0 && before.Values.Sum(steps => steps.Count) == after.Values.Sum(steps => steps.Count)
            && !Shape(reviewed).SequenceEqual(Shape(now)))
            found.Add(Moved("stages", "The order of the steps has changed: the settings of waves and gates are different."));
        return [.. Problem.Together(found)
            .Select(moved => moved with { Remedy = $"Make a new plan, review it, then run the same command: {again}" })];
    }

    private static IEnumerable<Problem> Modules(PlanFile reviewed, PlanFile now)
    {
        var here = now.Modules.ToDictionary(module => (module.Component, module.Version), module => module);
        return reviewed.Modules
            .Where(module => here.TryGetValue((module.Component, module.Version), out var current) && current.Sha256 != module.Sha256)
            .Select(module => Moved(module.Name, "Its file has changed since the plan was made."));
    }

    private static IEnumerable<Problem> Target(
        string target, Dictionary<string, List<PlannedStep>> before, Dictionary<string, List<PlannedStep>> after,
        IReadOnlyList<JournalRow>? journal)
    {
        var planned = before.GetValueOrDefault(target) ?? [];
        var left = after.GetValueOrDefault(target) ?? [];
        if (journal is null)
        {
            yield return Moved(target, "It is in the plan, but no longer exists or cannot be upgraded.");
            yield break;
        }
        if (planned.Count == 0)
        {
            yield return Moved(target, $"It is not in the plan, but would be upgraded now: {Shown(left)}.");
            yield break;
        }
        var done = planned.Count - left.Count;
        if (done < 0 || !planned.Skip(done).Select(Same).SequenceEqual(left.Select(Same)))
        {
            yield return Moved(target, $"The plan has {Shown(planned)} for it; now it would be {Shown(left)}.");
            yield break;
        }
        var others = planned.Take(done).Where(step => !step.IsDoneIn(journal)).ToList();
        if (others.Count > 0)
            yield return Moved(target, $"No longer pending, but not done according to its journal: {Shown(others)}.");
    }

    /// <summary>Without the module's hash: a changed module is reported once, not for each target.</summary>
    private static (string, string, string, string, string) Same(PlannedStep step) =>
        (step.Kind, step.Component, step.Version, step.Module, step.Note);

    private static IEnumerable<Problem> Places(PlanFile reviewed, PlanFile now)
    {
        var here = now.Targets.ToDictionary(target => PlannedTarget.Key(target.Scope, target.Name));
        foreach (var target in reviewed.Targets)
            if (here.TryGetValue(PlannedTarget.Key(target.Scope, target.Name), out var current)
                && (current.Server, current.Database, current.Schema) != (target.Server, target.Database, target.Schema))
                yield return Moved(PlannedTarget.Key(target.Scope, target.Name),
                    $"It was in {Place(target)} when the plan was made, and is now in {Place(current)}.");
    }

    private static string Place(PlannedTarget target) => $"schema {target.Schema} of {target.Database} on {target.Server}";

    private static Dictionary<string, List<PlannedStep>> StepsOf(PlanFile plan)
    {
        Dictionary<string, List<PlannedStep>> steps = [];
        foreach (var lane in plan.Stages.SelectMany(stage => stage.Lanes))
            foreach (var target in lane.Targets)
            {
                if (!steps.TryGetValue(target, out var own)) steps[target] = own = [];
                own.AddRange(lane.Steps.Where(step => step.IsRecorded));
            }
        return steps.Where(pair => pair.Value.Count > 0).ToDictionary();
    }

    private static IEnumerable<string> Shape(PlanFile plan) => plan.Stages.Select(stage => string.Join(" | ", stage.Lanes
        .SelectMany(lane => lane.Targets.Select(target => $"{target}: {string.Join(", ", lane.Steps.Select(Same))}"))
        .Order(StringComparer.Ordinal)));

    private static string Shown(List<PlannedStep> steps) => steps.Count == 0
        ? "nothing" : Problem.Join([.. steps.Select(step => $"{step}")]);

    private static Problem Moved(string subject, string what) => new("KU-4041", subject, what, "");
}
