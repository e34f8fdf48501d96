using System.Globalization;

namespace PluginUpgrade.Planning;

/// <summary>Orders the targets' work into stages.</summary>
/// <param name="waves">In which wave each instance is; null: all in one.</param>
/// <param name="atomic">Each instance's transactional steps in one transaction.</param>
public sealed class Stages(Waves? waves = null, bool atomic = false)
{
    public IReadOnlyList<Stage> Of(TargetWork installation, IReadOnlyList<TargetWork> instances, StepOrder order)
    {
        if (order == StepOrder.InstallationFirst)
            return [.. Installation(installation.Target, installation.Work), .. Instances(instances, installation.Target, instances)];

        // Krang's order. A version's installation step is a wall between instance steps before and after it; where there is none,
        // versions are joined, so that an instance runs them in one go. What only records that the last version was reached comes last.
        List<Stage> stages = [];
        var (last, walls) = installation.Work is [.., { Module: null } reached]
            && reached.Note.StartsWith(Journals.Journal.ReachedNote, StringComparison.Ordinal)
            ? (reached, installation.Work.Take(installation.Work.Count - 1).ToList())
            : (null, installation.Work.ToList());
        var rest = instances;
        List<Work> joined = [];
        foreach (var wall in walls)
        {
            var before = Part(rest, work => work.Version < wall.Version);
            if (before.Count > 0)
            {
                stages.AddRange([.. Installation(installation.Target, joined), .. Instances(before, installation.Target, instances)]);
                joined = [];
            }
            joined.Add(wall);
            rest = Part(rest, work => work.Version >= wall.Version);
        }
        stages.AddRange([.. Installation(installation.Target, joined), .. Instances(rest, installation.Target, instances)]);
        if (last is not null) stages.AddRange(Installation(installation.Target, [last]));
        return stages;
    }

    /// <summary>Work that was shared before is shared afterwards.</summary>
    private static List<TargetWork> Part(IReadOnlyList<TargetWork> instances, Func<Work, bool> belongs)
    {
        Dictionary<IReadOnlyList<Work>, IReadOnlyList<Work>> parts = new(ReferenceEqualityComparer.Instance);
        List<TargetWork> rest = [];
        foreach (var (target, work) in instances)
        {
            if (!parts.TryGetValue(work, out var part)) parts[work] = part = [.. work.Where(belongs)];
            if (part.Count > 0) rest.Add(new TargetWork(target, part));
        }
        return rest;
    }

    private static IEnumerable<Stage> Installation(Target target, IReadOnlyList<Work> work)
    {
        if (work.Count > 0) yield return new Stage($"installation {Versions([work])}", [new Lane(target, work)]);
    }

    /// <param name="work">What is to be done in this part of the run.</param>
    /// <param name="all">All instances that take part, also those with nothing to do.</param>
    private IEnumerable<Stage> Instances(IReadOnlyList<TargetWork> work, Target installation, IReadOnlyList<TargetWork> all)
    {
        var lanes = work.Where(instance => instance.Work.Count > 0)
            .Select(instance => new Lane(instance.Target, instance.Work) { IsAtomic = atomic }).ToList();
        if (lanes.Count == 0) return [];
        return waves is null
            ? [new Stage(NameOf(lanes), lanes)]
            : waves.Of(lanes, installation, [.. all.Select(instance => instance.Target)], NameOf);
    }

    private static string NameOf(IReadOnlyList<Lane> lanes)
    {
        var count = lanes.Count == 1 ? $"{lanes[0].Target}" : string.Create(CultureInfo.InvariantCulture, $"{lanes.Count} instances");
        return $"{count} {Versions([.. lanes.Select(lane => lane.Work).Distinct()])}";
    }

    private static string Versions(IReadOnlyList<IReadOnlyList<Work>> work)
    {
        var versions = work.SelectMany(one => one).Select(one => one.Version).ToList();
        var (oldest, newest) = (versions.Min(), versions.Max());
        return oldest == newest ? $"{newest}" : $"{oldest}..{newest}";
    }
}
