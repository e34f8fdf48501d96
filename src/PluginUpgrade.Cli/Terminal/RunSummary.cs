using System.Diagnostics;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>Remembers a run for what is said at its end.</summary>
public sealed class RunSummary : IRunReport
{
    private readonly List<object> _steps = [];
    private readonly List<Problem> _problems = [];
    private readonly HashSet<Target> _targets = new(ReferenceEqualityComparer.Instance);

    /// <summary>How many targets a step was run on.</summary>
    public int Targets => _targets.Count;

    public void On(UpgradeEvent happened)
    {
        switch (happened)
        {
            case UpgradeEvent.StepSucceeded e: Add(e.Step, "done", e.Duration); break;
            case UpgradeEvent.StepSkipped e: Add(e.Step, "skipped", null); break;
            case UpgradeEvent.StepCancelled e: Add(e.Step, "cancelled", null); break;
            case UpgradeEvent.StepFailed e: Add(e.Step, "failed", e.Duration); _problems.Add(e.Problem); break;
            case UpgradeEvent.LaneFailed e: _problems.Add(e.Problem); break;
            case UpgradeEvent.RunStarted or UpgradeEvent.RunFinished or UpgradeEvent.StageStarted or UpgradeEvent.StageHeldBack
                or UpgradeEvent.LaneStarted or UpgradeEvent.LaneFinished or UpgradeEvent.StepStarted or UpgradeEvent.StepProgressed
                or UpgradeEvent.StepLogged or UpgradeEvent.StepRetried:
                break;
            case UpgradeEvent.StatementSent e: _steps.Add(new { Target = $"{e.Step.Target}", e.Step.Version, e.Sql }); break;
            default: throw new UnreachableException($"{happened.GetType().Name} is not reported.");
        }
    }

    public object Document(RunOutcome outcome, string log) => new
    {
        Run = outcome.RunId,
        Outcome = outcome.ExitCode switch { 0 => "done", 1 => "failed", _ => "stopped" },
        outcome.ExitCode,
        outcome.Done,
        outcome.Skipped,
        outcome.Left,
        Seconds = outcome.Duration.TotalSeconds,
        Steps = _steps,
        Problems = _problems,
        Log = log,
    };

    private void Add(UpgradeStep step, string state, TimeSpan? duration)
    {
        _targets.Add(step.Target);
        _steps.Add(new
        {
            Target = $"{step.Target}",
            step.Target.Scope,
            step.Component,
            step.Version,
            Module = step.Module?.Name,
            State = state,
            Seconds = duration?.TotalSeconds,
        });
    }
}
