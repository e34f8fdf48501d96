using System.Diagnostics;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;
using PluginUpgrade.Steps;
using Spectre.Console;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// One progress line on a terminal: how much is done, the stage or wave, failures, time left, what runs now. It is cut to the width of the
/// terminal.
/// </summary>
public sealed class LiveReport : IRunReport, IDisposable
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProgressTask> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _drawing;
    private readonly LinkedList<UpgradeStep> _running = [];
    private readonly Stopwatch _since = Stopwatch.StartNew();

    /// <summary>How many steps each target has left. Targets that are done are removed.</summary>
    private readonly Dictionary<(Scope, string), int> _left = [];
    private readonly int _room;
    private string _stage = "";
    private int _targets;
    private int _failed;
    private int _steps;

    private readonly Action? _ended;

    /// <param name="ended">Called when drawing has ended.</param>
    public LiveReport(IAnsiConsole console, Action? ended = null)
    {
        _ended = ended;
        var bar = Math.Clamp(console.Profile.Width / 6, 5, 30);
        // The bar, its percentage, the time left, and a space on each side of every column.
        _room = Math.Max(10, console.Profile.Width - bar - 4 - 8 - 10);
        _drawing = console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(
                new ProgressBarColumn { Width = bar },
                new PercentageColumn(),
                new RemainingTimeColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                _line.SetResult(context.AddTask("starting", autoStart: true));
                await _end.Task;
            });
        // If drawing fails, there will be no line to wait for: pass the exception on.
        _ = _drawing.ContinueWith(
            task => _line.TrySetException(task.Exception!),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public void On(UpgradeEvent happened)
    {
#pragma warning disable VSTHRD002 // Drawing runs on another thread, and creates the line as soon as it begins.
        var line = _line.Task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        switch (happened)
        {
            case UpgradeEvent.RunStarted e: Begin(e, line); break;
            case UpgradeEvent.StageStarted e: _stage = $"stage {e.Number}/{e.Count}: {e.Stage.Name}"; break;
            case UpgradeEvent.StepStarted e: _running.AddLast(e.Step); break;
            case UpgradeEvent.StepSucceeded e: Done(e.Step, line); break;
            case UpgradeEvent.StepSkipped e: Done(e.Step, line); break;
            case UpgradeEvent.StepCancelled e: _running.Remove(e.Step); break;
            case UpgradeEvent.StepRolledBack e: _running.Remove(e.Step); break;
            case UpgradeEvent.StepFailed e:
                _running.Remove(e.Step);
                _failed++;
                break;
            case UpgradeEvent.LaneFailed: _failed++; break;
            case UpgradeEvent.SaveTold e:
                if (e.Save is SaveEvent.Progressed saving) line.Description = Shown(SaveReport.Text(saving), _room);
                return;
            case UpgradeEvent.StepProgressed or UpgradeEvent.StageHeldBack or UpgradeEvent.LaneStarted
                or UpgradeEvent.LaneFinished or UpgradeEvent.StepLogged or UpgradeEvent.StepRetried or UpgradeEvent.StatementSent
                or UpgradeEvent.LaneHeldBack or UpgradeEvent.RunFinished or UpgradeEvent.HookStarted or UpgradeEvent.HookEnded:
                break;
            default: throw new UnreachableException($"{happened.GetType().Name} is not reported.");
        }
        line.Description = Describe(happened);
    }

    private string Describe(UpgradeEvent happened)
    {
        var failed = _failed > 0 ? $", {_failed} failed" : "";
        var done = $"{_targets - _left.Count}/{_targets} done, {_running.Count} running";
        var rate = _since.Elapsed.TotalSeconds is var seconds and > 0.5 ? $", {_steps / seconds:0.0} steps/s" : "";
        var running = string.Join(", ", _running.Take(3).Select(step => $"{step.Target} {step.Version}")) +
            (_running.Count > 3 ? $" and {_running.Count - 3} more" : "");
        var progress = happened is UpgradeEvent.StepProgressed { Total: > 0 } p ? $"{p.Step.Target}: {p.Done} of {p.Total}" : "";
        string[] more = [.. ((string[])[progress, _stage, running + rate]).Where(part => part.Length > 0)];
        return $"{done}[red]{failed}[/]{Shown($"; {string.Join("; ", more)}", _room - done.Length - failed.Length)}";
    }

    /// <summary>Cuts and escapes a text: the library reads descriptions as markup, and names may contain brackets.</summary>
    private static string Shown(string text, int room)
    {
        return Markup.Escape(CellText.Cut(Printable.Line(text), room));
    }

    private void Begin(UpgradeEvent.RunStarted run, ProgressTask line)
    {
        foreach (var lane in run.Plan.Lanes) _left[Key(lane.Target)] = _left.GetValueOrDefault(Key(lane.Target)) + lane.Count;
        _targets = _left.Count;
        line.MaxValue = Math.Max(1, _left.Values.Sum());
    }

    private void Done(UpgradeStep step, ProgressTask line)
    {
        _running.Remove(step);
        _steps++;
        if (--_left[Key(step.Target)] == 0) _left.Remove(Key(step.Target));
        line.Increment(1);
    }

    private static (Scope, string) Key(Target target) => (target.Scope, target.Name);

    public void Dispose()
    {
        _end.TrySetResult();
        // Drawing errors are ignored.
#pragma warning disable VSTHRD002 // The view must be removed from the terminal before anything else is written; drawing ends with _end.
        _drawing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Wait();
        _ended?.Invoke();
#pragma warning restore VSTHRD002
    }
}
