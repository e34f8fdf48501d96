using System.Diagnostics;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>A run as one JSON document. Each step is written when it ends.</summary>
public sealed class JsonReport(Output output) : IRunReport
{
    private readonly List<Problem> _problems = [];
    private readonly List<string> _notBegun = [];
    private readonly List<object> _hooks = [];
    private JsonDocumentWriter? _document;
    private SaveManifest? _save;
    private string? _folder;

    public void On(UpgradeEvent happened)
    {
        switch (happened)
        {
            case UpgradeEvent.RunStarted e:
                _document = output.JsonDocument();
                _document.Property("run", e.RunId);
                _document.BeginList("steps");
                break;
            case UpgradeEvent.SaveTold { Save: SaveEvent.Finished e }: _save = e.Manifest; _folder = e.Folder; break;
            case UpgradeEvent.SaveTold: break;
            case UpgradeEvent.StepSucceeded e: Add(e.Step, "done", e.Duration); break;
            case UpgradeEvent.StepSkipped e: Add(e.Step, "skipped", null); break;
            case UpgradeEvent.StepCancelled e: Add(e.Step, "cancelled", null); break;
            case UpgradeEvent.StepRolledBack e: Add(e.Step, "rolled-back", null); break;
            case UpgradeEvent.StepFailed e: Add(e.Step, "failed", e.Duration); _problems.Add(e.Problem); break;
            case UpgradeEvent.LaneFailed e: _problems.Add(e.Problem); break;
            case UpgradeEvent.StageHeldBack e: _notBegun.Add(e.Stage.Name); break;
            case UpgradeEvent.HookEnded e:
                _hooks.Add(new { e.Name, State = e.Problem is null ? "done" : "failed", Seconds = e.Duration.TotalSeconds });
                if (e.Problem is not null) _problems.Add(e.Problem);
                break;
            case UpgradeEvent.StatementSent e: _document!.Item(new { Target = $"{e.Step.Target}", e.Step.Version, e.Sql }); break;
            case UpgradeEvent.RunFinished or UpgradeEvent.StageStarted or UpgradeEvent.LaneStarted or UpgradeEvent.LaneFinished
                or UpgradeEvent.LaneHeldBack or UpgradeEvent.HookStarted
                or UpgradeEvent.StepStarted or UpgradeEvent.StepProgressed or UpgradeEvent.StepLogged or UpgradeEvent.StepRetried:
                break;
            default: throw new UnreachableException($"{happened.GetType().Name} is not reported.");
        }
    }

    public void End(RunOutcome outcome, string log)
    {
        using var document = _document ?? output.JsonDocument();
        document.Outcome(Outcome.Of(outcome.ExitCode), outcome.ExitCode, _problems);
        document.Property("done", outcome.Done);
        document.Property("skipped", outcome.Skipped);
        document.Property("left", outcome.Left);
        document.Property("seconds", outcome.Duration.TotalSeconds);
        document.Property("notBegun", _notBegun);
        if (_hooks.Count > 0) document.Property("hooks", _hooks);
        document.Property("log", log);
        if (_save is null) return;
        document.Property("save", new { _save.Id, Folder = _folder, _save.Bytes, Targets = _save.Targets.Select(target => $"{target}") });
        if (outcome.ExitCode != 0) document.Property("restore", RestoreHint.Of(_save, outcome).Select(way => way.Command));
    }

    private void Add(UpgradeStep step, string state, TimeSpan? duration) => _document!.Item(new
    {
        Target = $"{step.Target}",
        step.Target.Scope,
        step.Component,
        Version = step.Action.ShownVersion,
        Module = step.Action.Entry is { Module.Length: > 0 } entry ? entry.Module : step.Action.Runs?.Name,
        Gate = (step.Action as CheckGate)?.Gate.ToString(),
        State = state,
        Seconds = duration?.TotalSeconds,
    });
}
