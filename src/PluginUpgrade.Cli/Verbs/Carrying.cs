using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Carries out a plan, with everything that reports it, and says at the end how it went.</summary>
public static class Carrying
{
    public static async Task<int> OutAsync(VerbContext context, Situation situation, Plan plan, RunOptions options, int? stopAfterFailures = null)
    {
        var output = context.Output;
        using var log = new RunLog(situation.Settings.Root, context.RunId, TimeProvider.System.GetUtcNow(), situation.Settings.KeepLogs, output.Secrets.Redact);
        var summary = new RunSummary();
        using var live = output.IsLive ? new LiveReport(output.ErrorConsole()) : null;
        var reporting = new Reporting(
            [summary, log, .. live is null ? Array.Empty<IRunReport>() : [live], new PlainReport(output, besideLive: live is not null)],
            (report, e) => output.Tell($"warning: the report {report.GetType().Name} failed and is left out: {e.Message}"));
        RunOutcome outcome;
        try
        {
            outcome = await new UpgradeRun(situation, context.RunId, TimeProvider.System)
                .RunAsync(plan, options, stopAfterFailures, reporting.Writer, context.Signals.Stop, context.Signals.Abort);
        }
        finally
        {
            await reporting.EndAsync();
        }
        live?.Dispose();
        return Tell(output, summary, outcome, options.IsDryRun, log.File);
    }

    public static int NothingToDo(VerbContext context, Situation situation, Goal goal)
    {
        var count = situation.Facts.Count(facts => facts.Target.Active) - (goal.Only is null ? 0 : 1);
        if (context.Output.IsJson) context.Output.Json(new { Outcome = "nothing-to-do", ExitCode = 0, Steps = Array.Empty<object>(), Problems = Array.Empty<Problem>() });
        context.Output.Say($"Nothing to do: {count} {(count == 1 ? "target stands" : "targets stand")} where {(count == 1 ? "it" : "they")} should.");
        return 0;
    }

    private static int Tell(Output output, RunSummary summary, RunOutcome outcome, bool isDryRun, string logFile)
    {
        if (output.IsJson) output.Json(summary.Document(outcome, logFile));
        else
        {
            var left = outcome.Left > 0 ? $", {outcome.Left} left" : "";
            output.Say($"{(isDryRun ? "Dry run, all rolled back" : outcome.ExitCode == 0 ? "Done" : outcome.Stopped ? "Stopped" : "Failed")}: " +
                $"{Count(outcome.Done, "step")} on {Count(summary.Targets, "target")} in {outcome.Duration.TotalSeconds:0.0} s{left}. Log: {logFile}");
            output.Print(outcome.Failed.Select(lane => lane.Failure!));
            if (outcome.Failed.Count > 0) output.Error.WriteLine($"failed: {Count(outcome.Failed.Count, "target")}; what was committed stays, the rest was rolled back.");
            else if (outcome.Stopped) output.Error.WriteLine("stopped: the same command continues.");
        }
        return outcome.ExitCode;
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
