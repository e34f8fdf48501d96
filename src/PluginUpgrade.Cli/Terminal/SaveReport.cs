using System.Diagnostics;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>The progress of a save on standard error: redrawn on a terminal, else a line every ten seconds.</summary>
public sealed class SaveReport(Output output) : IRunReport
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly bool _live = output.IsLive;
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private TimeSpan _lastLine;

    public void On(UpgradeEvent happened)
    {
        if (happened is UpgradeEvent.SaveTold told) On(told.Save);
    }

    public void On(SaveEvent happened)
    {
        switch (happened)
        {
            case SaveEvent.LeftoverRemoved e: Line($"removed: {e.Folder}, left by a killed process"); break;
            case SaveEvent.Started e:
                Line($"save {e.Id}: {Words.Count(e.Plan.Targets.Count(), "target")}, {Quantity.Size(e.Plan.Bytes)} of tables, " +
                    $"in {Words.Count(e.Plan.Archives.Count, "archive")}");
                break;
            case SaveEvent.Progressed e: Progress(e); break;
            case SaveEvent.ArchiveWritten e:
                if (output.IsVerbose || e.Said.Length > 0)
                    Line($"{e.Archive}: {Quantity.Size(e.Bytes)} in {e.Duration.TotalSeconds:0.0} s" +
                        (e.Said.Length > 0 ? $"; pg_dump said: {e.Said}" : ""));
                break;
            case SaveEvent.Warned e:
                Draw("");
                output.Warn(e.Problems);
                break;
            case SaveEvent.Finished e: Line($"save {e.Manifest.Id}: written and checked, {Quantity.Size(e.Manifest.Bytes)}"); break;
            default: throw new UnreachableException($"{happened.GetType().Name} is not reported.");
        }
    }

    private void Progress(SaveEvent.Progressed e)
    {
        var text = Text(e);
        if (_live) Draw(text);
        else if (_since.Elapsed - _lastLine >= BetweenLines)
        {
            _lastLine = _since.Elapsed;
            output.WriteProgress(text);
        }
    }

    public static string Text(SaveEvent.Progressed e)
    {
        var left = e.Left is { } time ? $", about {Duration(time)} left" : "";
        return $"saving: {Quantity.Size(e.Bytes)} written, {e.Targets} of {Words.Count(e.OfTargets, "target")} done{left}";
    }

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => $"{time.TotalSeconds:0} s",
        { TotalMinutes: < 90 } => $"{time.TotalMinutes:0} min",
        _ => $"{time.TotalHours:0.0} h",
    };

    private void Line(string text) => output.WriteProgress(text);

    private void Draw(string text)
    {
        if (_live) output.Redraw(text);
    }

    /// <summary>Erases the progress line.</summary>
    public void End() => Draw("");
}
