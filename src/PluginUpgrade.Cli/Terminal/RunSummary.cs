using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>Collects what is written at the end of a run: how many targets, and what was not begun.</summary>
public sealed class RunSummary : IRunReport
{
    private readonly HashSet<Target> _targets = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Target, int> _order = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _notBegun = [];
    private int _lanesNotBegun;

    /// <summary>How many targets had a step that began.</summary>
    public int Targets => _targets.Count;

    /// <summary>Sorts in the order of the plan: targets end in any order, but the same failures must read the same.</summary>
    public IEnumerable<LaneOutcome> InOrder(IEnumerable<LaneOutcome> lanes) =>
        lanes.OrderBy(lane => _order.GetValueOrDefault(lane.Target, int.MaxValue));

    /// <summary>Whether steps began both on the installation and on an instance.</summary>
    public bool HasBothScopes => _targets.Select(target => target.Scope).Distinct().Count() > 1;

    /// <summary>The number of lanes not begun in a stopped stage, and the stages not begun.</summary>
    public IEnumerable<string> NotBegun => _lanesNotBegun == 0
        ? _notBegun : _notBegun.Prepend($"{Words.Count(_lanesNotBegun, "target")} of the stage that was running");

    /// <summary>The save taken before the run; null if there was none.</summary>
    public SaveManifest? Save { get; private set; }

    public void On(UpgradeEvent happened)
    {
        switch (happened)
        {
            case UpgradeEvent.SaveTold { Save: SaveEvent.Finished { Manifest: var manifest } }: Save = manifest; break;
            case UpgradeEvent.RunStarted { Plan.Lanes: var lanes }:
                foreach (var lane in lanes) _order.TryAdd(lane.Target, _order.Count);
                break;
            case UpgradeEvent.StepStarted { Step: var step }: _targets.Add(step.Target); break;
            case UpgradeEvent.StageHeldBack { Stage.Name: var name }: _notBegun.Add(name); break;
            case UpgradeEvent.LaneHeldBack: _lanesNotBegun++; break;
        }
    }
}
