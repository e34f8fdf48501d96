using System.Globalization;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>
/// The order of the instances. Each wave takes its share of the instances that earlier waves left, by name; the rest form one more wave.
/// Waves are made of all active instances, pending or not, so that the same command has the same waves later.
/// </summary>
public sealed class Waves
{
    private readonly Dictionary<string, int> _waveOf = new(StringComparer.OrdinalIgnoreCase);
    private readonly IReadOnlyList<WaveGate> _gates;

    private Waves(int count, IReadOnlyList<WaveGate> gates) => (Count, _gates) = (count, gates);

    public int Count { get; private set; }

    /// <param name="instances">All active instances, by name.</param>
    /// <returns>Null waves where the settings have none.</returns>
    public static (Waves? Waves, IReadOnlyList<Problem> Problems) Of(
        IReadOnlyList<WaveSetting> settings, IReadOnlyList<WaveGate> gates, IReadOnlyList<Target> instances)
    {
        if (settings.Count == 0 || instances.Count == 0) return (null, []);
        var waves = new Waves(settings.Count, gates);
        List<Problem> problems = [];
        var left = instances;
        for (var i = 0; i < settings.Count; i++)
        {
            var taken = Part(settings[i], left, instances.Count).ToHashSet();
            if (taken.Count == 0) problems.Add(PlanProblem.EmptyWave(settings[i], i + 1, left.Count));
            foreach (var target in taken) waves._waveOf[target.Name] = i;
            left = [.. left.Where(target => !taken.Contains(target))];
        }
        foreach (var target in left) waves._waveOf[target.Name] = settings.Count;
        if (left.Count > 0) waves.Count++;
        return (waves, problems);
    }

    private static IEnumerable<Target> Part(WaveSetting setting, IReadOnlyList<Target> left, int all) => setting switch
    {
        WaveSetting.Labelled(var key, var value) => left.Where(target => target.Labels.TryGetValue(key, out var own) && own == value),
        WaveSetting.Some(var count) => left.Take(count),
        WaveSetting.Share(var percent) => left.Take((int)Math.Ceiling(all * percent / 100)),
        WaveSetting.Rest => left,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The lanes of each wave, preceded by the gates of the wave before it.</summary>
    /// <param name="all">All instances that take part; those with nothing left to do must also pass the gate.</param>
    public IEnumerable<Stage> Of(
        IReadOnlyList<Lane> lanes, Target installation, IReadOnlyList<Target> all, Func<IReadOnlyList<Lane>, string> nameOf)
    {
        var first = true;
        for (var wave = 0; wave < Count; wave++)
        {
            var own = lanes.Where(lane => _waveOf[lane.Target.Name] == wave).ToList();
            if (own.Count == 0) continue;
            var before = all.Where(target => _waveOf[target.Name] < wave).ToList();
            if (before.Count > 0)
            {
                var last = before.Max(target => _waveOf[target.Name]);
                foreach (var gate in GatesOf(last, installation, [.. before.Where(target => _waveOf[target.Name] == last)]))
                    yield return gate with { FollowsFailures = !first };
            }
            var name = string.Create(CultureInfo.InvariantCulture, $"wave {wave + 1} of {Count}: {nameOf(own)}");
            yield return new Stage(name, own) { FollowsFailures = !first, MayFail = true };
            first = false;
        }
    }

    private IEnumerable<Stage> GatesOf(int wave, Target installation, IReadOnlyList<Target> targets)
    {
        foreach (var gate in _gates)
        {
            IReadOnlyList<StepAction> check = [new CheckGate(gate)];
            var name = string.Create(CultureInfo.InvariantCulture, $"gate after wave {wave + 1}");
            yield return gate.Query is not null
                ? new Stage($"{name}: query", [.. targets.Select(target => new Lane(target, check))])
                : new Stage($"{name}: command", [new Lane(installation, check)]);
        }
    }
}
