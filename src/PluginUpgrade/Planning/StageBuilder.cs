using System.Globalization;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Orders the targets' work into stages.</summary>
/// <param name="waves">The wave of each instance; null: all together.</param>
/// <param name="atomic">Run each instance's transactional steps in one transaction.</param>
public sealed class StageBuilder(Waves? waves = null, bool atomic = false)
{
    public IReadOnlyList<Stage> Of(TargetActions installation, IReadOnlyList<TargetActions> instances, StepOrder order)
    {
        if (order == StepOrder.InstallationFirst)
            return [.. Installation(installation.Target, installation.Actions), .. Instances(instances, installation.Target, instances)];

        // Krang's order: a version's installation step separates the instance steps before and after it. Versions without an installation
        // step are joined, so that an instance runs them without waiting. A record that the last version was reached comes last.
        List<Stage> stages = [];
        var (last, walls) =
            installation.Actions is [.., RecordVersion { Reason: VersionReason.Reached or VersionReason.RecordOnly } reached]
            ? (reached, installation.Actions.Take(installation.Actions.Count - 1).ToList())
            : (null, installation.Actions.ToList());
        var rest = instances;
        List<StepAction> joined = [];
        foreach (var wall in walls)
        {
            var before = Part(rest, action => action.Version < wall.Version);
            if (before.Count > 0)
            {
                stages.AddRange([.. Installation(installation.Target, joined), .. Instances(before, installation.Target, instances)]);
                joined = [];
            }
            joined.Add(wall);
            rest = Part(rest, action => action.Version >= wall.Version);
        }
        stages.AddRange([.. Installation(installation.Target, joined), .. Instances(rest, installation.Target, instances)]);
        if (last is not null) stages.AddRange(Installation(installation.Target, [last]));
        return stages;
    }

    /// <summary>Lists that were shared before are shared afterwards.</summary>
    private static List<TargetActions> Part(IReadOnlyList<TargetActions> instances, Func<StepAction, bool> belongs)
    {
        Dictionary<IReadOnlyList<StepAction>, IReadOnlyList<StepAction>> parts = new(ReferenceEqualityComparer.Instance);
        List<TargetActions> rest = [];
        foreach (var (target, actions) in instances)
        {
            if (!parts.TryGetValue(actions, out var part)) parts[actions] = part = [.. actions.Where(belongs)];
            if (part.Count > 0) rest.Add(new TargetActions(target, part));
        }
        return rest;
    }

    private static IEnumerable<Stage> Installation(Target target, IReadOnlyList<StepAction> actions)
    {
        if (actions.Count > 0) yield return new Stage($"installation {Versions([actions])}", [new Lane(target, actions)]);
    }

    /// <param name="work">The work in this part of the run.</param>
    /// <param name="all">All instances that take part, including those with nothing to do.</param>
    private IEnumerable<Stage> Instances(IReadOnlyList<TargetActions> work, Target installation, IReadOnlyList<TargetActions> all)
    {
        var lanes = work.Where(instance => instance.Actions.Count > 0)
            .Select(instance => new Lane(instance.Target, instance.Actions) { IsAtomic = atomic }).ToList();
        if (lanes.Count == 0) return [];
        return waves is null
            ? [new Stage(NameOf(lanes), lanes)]
            : waves.Of(lanes, installation, [.. all.Select(instance => instance.Target)], NameOf);
    }

    private static string NameOf(IReadOnlyList<Lane> lanes)
    {
        var count = lanes.Count == 1 ? $"{lanes[0].Target}" : string.Create(CultureInfo.InvariantCulture, $"{lanes.Count} instances");
        return $"{count} {Versions([.. lanes.Select(lane => lane.Actions).Distinct()])}";
    }

    private static string Versions(IReadOnlyList<IReadOnlyList<StepAction>> actions)
    {
        var versions = actions.SelectMany(one => one).Select(one => one.Version).ToList();
        var (oldest, newest) = (versions.Min(), versions.Max());
        return oldest == newest ? $"{newest}" : $"{oldest}..{newest}";
    }
}
