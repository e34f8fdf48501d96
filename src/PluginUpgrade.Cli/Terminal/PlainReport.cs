using System.Diagnostics;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>One plain line for each event, on standard error. A dry run's statements are its result: on standard output.</summary>
/// <param name="besideLive">Whether a live view shows the progress: then only what it cannot show is written.</param>
public sealed class PlainReport(Output output, bool besideLive) : IRunReport
{
    private readonly SaveReport _save = new(output);

    public void On(UpgradeEvent happened)
    {
        switch (happened)
        {
            case UpgradeEvent.RunStarted e:
                var steps = Words.Count(e.Plan.Lanes.Sum(lane => lane.Count), "step");
                var stages = Words.Count(e.Plan.Stages.Count, "stage");
                Line($"run {e.RunId}: {steps} in {stages}{(e.IsDryRun ? " (dry run)" : "")}");
                break;
            case UpgradeEvent.SaveTold e:
                if (!besideLive) _save.On(e.Save);
                break;
            case UpgradeEvent.StageStarted e: Line($"stage {e.Number}/{e.Count}: {e.Stage.Name}"); break;
            case UpgradeEvent.StageHeldBack e: Line($"not started: {e.Stage.Name}"); break;
            case UpgradeEvent.LaneStarted { Lane.Target: var target } when output.IsVerbose:
                Line($"{target}: {target.Server}, database {target.DatabaseName}, schema {target.Schema}");
                break;
            case UpgradeEvent.StepStarted e when output.IsVerbose: Line($"{Name(e.Step)} ..."); break;
            case UpgradeEvent.StepProgressed e when output.IsVerbose:
                Line($"{Name(e.Step)}: {e.Done}{(e.Total > 0 ? $" of {e.Total}" : "")}");
                break;
            case UpgradeEvent.StepLogged e when output.IsVerbose || e.Level >= LogLevel.Warning:
                Line($"{Name(e.Step)}: {e.Message}", always: true);
                break;
            case UpgradeEvent.StepRetried e: Line($"{Name(e.Step)}: attempt {e.Attempt}, because: {e.Reason}"); break;
            case UpgradeEvent.StepSkipped e: Line($"{Name(e.Step)}: skipped, {e.Reason}"); break;
            case UpgradeEvent.StepSucceeded e: Line($"{Name(e.Step)}: done in {e.Duration.TotalSeconds:0.000} s"); break;
            case UpgradeEvent.StepFailed e:
                Line($"{Name(e.Step)}: FAILED, {e.Problem.Code}");
                // Without --json the details are written at the end, with the problem.
                if (output.IsJson) output.TellDetails(e.Problem);
                if (output.IsVerbose && e.Cause is { } cause) Line($"{cause}");
                break;
            case UpgradeEvent.StepCancelled e: Line($"{Name(e.Step)}: cancelled and rolled back"); break;
            case UpgradeEvent.StepRolledBack e: Line($"{Name(e.Step)}: rolled back with {Name(e.Failed)}"); break;
            case UpgradeEvent.LaneFailed e:
                Line($"{e.Lane.Target}: FAILED, {e.Problem.Code}");
                if (output.IsJson) output.TellDetails(e.Problem);
                break;
            case UpgradeEvent.StatementSent e:
                var end = e.Sql.TrimEnd().EndsWith(';') ? "" : ";";
                output.WriteResult($"-- {Name(e.Step)}");
                output.WriteSql($"{e.Sql.Trim()}{end}");
                break;
            case UpgradeEvent.HookStarted e: Line($"hook {e.Name}: {e.Hook.Command}", always: true); break;
            case UpgradeEvent.HookEnded { Problem: { } problem } e: Line($"hook {e.Name}: FAILED, {problem.Code}", always: true); break;
            case UpgradeEvent.HookEnded e: Line($"hook {e.Name}: done in {e.Duration.TotalSeconds:0.000} s", always: true); break;
            case UpgradeEvent.LaneStarted or UpgradeEvent.LaneFinished or UpgradeEvent.StepStarted or UpgradeEvent.StepProgressed
                or UpgradeEvent.StepLogged or UpgradeEvent.LaneHeldBack or UpgradeEvent.RunFinished:
                break;
            default: throw new UnreachableException($"{happened.GetType().Name} is not reported.");
        }
    }

    private void Line(string text, bool always = false)
    {
        if (!besideLive || always) output.WriteProgress(text);
    }

    private static string Name(UpgradeStep step) => $"{step.Target} {step.Action.ShortTitle}";
}
