using System.Diagnostics;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using Spectre.Console;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>One progress line on a terminal: steps done of all, targets that failed, steps a second, time left, what runs now.</summary>
public sealed class LiveReport : IRunReport, IDisposable
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProgressTask> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _drawing;
    private readonly LinkedList<UpgradeStep> _running = [];
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private int _done;
    private int _failed;

    public LiveReport(IAnsiConsole console)
    {
        _drawing = console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                _line.SetResult(context.AddTask("starting", autoStart: true));
                await _end.Task;
            });
        // Where the terminal cannot be drawn on, drawing has ended in an exception, and there is no line to wait for.
        _drawing.ContinueWith(
            task => _line.TrySetException(task.Exception!),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public void On(UpgradeEvent happened)
    {
        var line = _line.Task.GetAwaiter().GetResult();
        switch (happened)
        {
            case UpgradeEvent.RunStarted e: line.MaxValue = Math.Max(1, e.Plan.Steps.Count()); break;
            case UpgradeEvent.StepStarted e: _running.AddLast(e.Step); break;
            case UpgradeEvent.StepSucceeded e: Ended(e.Step); _done++; line.Increment(1); break;
            case UpgradeEvent.StepSkipped e: Ended(e.Step); line.Increment(1); break;
            case UpgradeEvent.StepCancelled e: Ended(e.Step); break;
            case UpgradeEvent.StepFailed e: Ended(e.Step); _failed++; break;
            case UpgradeEvent.LaneFailed: _failed++; break;
            case UpgradeEvent.StepProgressed or UpgradeEvent.StageStarted or UpgradeEvent.StageHeldBack or UpgradeEvent.LaneStarted
                or UpgradeEvent.LaneFinished or UpgradeEvent.StepLogged or UpgradeEvent.StepRetried or UpgradeEvent.StatementSent
                or UpgradeEvent.RunFinished:
                break;
            default: throw new UnreachableException($"{happened.GetType().Name} is not reported.");
        }
        line.Description = Describe(happened);
    }

    private string Describe(UpgradeEvent happened)
    {
        var rate = _since.Elapsed.TotalSeconds is var seconds and > 0.5 ? $", {_done / seconds:0.0}/s" : "";
        var running = string.Join(", ", _running.Take(3).Select(step => $"{step.Target} {step.Version}")) +
            (_running.Count > 3 ? " ..." : "");
        var progress = happened is UpgradeEvent.StepProgressed { Total: > 0 } p ? $" ({p.Step.Target}: {p.Done} of {p.Total})" : "";
        return Markup.Escape($"{_done} done, {_running.Count} running, {_failed} failed{rate}  {running}{progress}");
    }

    private void Ended(UpgradeStep step) => _running.Remove(step);

    public void Dispose()
    {
        _end.TrySetResult();
        // The view is an ornament: how its drawing ended is nobody's concern.
        _drawing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Wait();
    }
}
