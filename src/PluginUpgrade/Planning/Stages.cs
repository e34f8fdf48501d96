using System.Globalization;

namespace PluginUpgrade.Planning;

/// <summary>Orders the targets' steps into stages.</summary>
public static class Stages
{
    public static IReadOnlyList<Stage> Of(TargetSteps installation, IReadOnlyList<TargetSteps> instances, StepOrder order)
    {
        if (order == StepOrder.InstallationFirst) return [.. Installation(installation.Steps), .. Instances(instances)];

        // Krang's order. A version's installation step is a wall between instance steps before and after it; where there is none,
        // versions are joined, so that an instance runs them in one go. What only records that the last version was reached comes last.
        List<Stage> stages = [];
        var (last, walls) = installation.Steps is [.., { Module: null } reached] && reached.Note == Journals.Journal.ReachedNote
            ? (reached, installation.Steps.Take(installation.Steps.Count - 1).ToList())
            : (null, installation.Steps.ToList());
        var rest = instances;
        List<UpgradeStep> joined = [];
        foreach (var wall in walls)
        {
            var before = Part(rest, step => step.Version < wall.Version);
            if (before.Count > 0)
            {
                stages.AddRange([.. Installation(joined), .. Instances(before)]);
                joined = [];
            }
            joined.Add(wall);
            rest = Part(rest, step => step.Version >= wall.Version);
        }
        stages.AddRange([.. Installation(joined), .. Instances(rest)]);
        if (last is not null) stages.AddRange(Installation([last]));
        return stages;
    }

    private static List<TargetSteps> Part(IReadOnlyList<TargetSteps> instances, Func<UpgradeStep, bool> belongs) =>
    [
        .. instances
            .Select(instance => instance with { Steps = [.. instance.Steps.Where(belongs)] })
            .Where(instance => instance.Steps.Count > 0),
    ];

    private static IEnumerable<Stage> Installation(IReadOnlyList<UpgradeStep> steps)
    {
        if (steps.Count > 0) yield return new Stage($"installation {Versions(steps)}", [new Lane(steps[0].Target, steps)]);
    }

    private static IEnumerable<Stage> Instances(IReadOnlyList<TargetSteps> instances)
    {
        var lanes = instances
            .Where(instance => instance.Steps.Count > 0)
            .Select(instance => new Lane(instance.Target, instance.Steps))
            .ToList();
        if (lanes.Count == 0) yield break;
        var count = lanes.Count == 1 ? $"{lanes[0].Target}" : string.Create(CultureInfo.InvariantCulture, $"{lanes.Count} instances");
        yield return new Stage($"{count} {Versions([.. lanes.SelectMany(lane => lane.Steps)])}", lanes);
    }

    private static string Versions(IReadOnlyList<UpgradeStep> steps)
    {
        var (oldest, newest) = (steps.Min(step => step.Version), steps.Max(step => step.Version));
        return oldest == newest ? $"{newest}" : $"{oldest}..{newest}";
    }
}
