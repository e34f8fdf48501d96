using System.Threading.Channels;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Carries out a plan with its log and its reports, and writes at the end how it went.</summary>
public static class ReportedRun
{
    public static Task<int> RunAsync(
        VerbContext context, HostSettings settings, bool isDryRun, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
        RunAsync(context, settings, run, (summary, outcome, log) => WriteEnd(context.Output, summary, outcome, isDryRun, log));

    /// <param name="run">Carries out the plan, and writes its events to the channel.</param>
    /// <param name="writeEnd">Writes at the end how it went; not called with --json.</param>
    public static async Task<int> RunAsync(
        VerbContext context, HostSettings settings, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run,
        Action<RunSummary, RunOutcome, string> writeEnd)
    {
        var output = context.Output;
        using var log = new RunLog(settings.Root, context.RunId, TimeProvider.System.GetUtcNow(), settings.KeepLogs, output.Secrets.Redact);
        using var live = output.IsLive ? new LiveReport(output.BeginDrawing(), output.EndDrawing) : null;
        var summary = new RunSummary();
        var document = new JsonReport(output);
        List<IRunReport> reports = [summary, log, new PlainReport(output, besideLive: live is not null)];
        if (output.IsJson) reports.Add(document);
        if (live is not null) reports.Add(live);
        var place = log.File;
        var reporting = new Reporting(reports, (report, e) =>
        {
            if (ReferenceEquals(report, log)) place = "none (see the warning)";
            output.WriteProgress($"warning: the report {report.GetType().Name} failed and was stopped: {e.Message}");
        });
        RunOutcome outcome;
        try
        {
            outcome = await run(reporting.Writer);
        }
        finally
        {
            await reporting.EndAsync();
        }
        live?.Dispose();
        Close(log, output);
        if (output.IsJson) document.End(outcome, place);
        else writeEnd(summary, outcome, place);
        return outcome.ExitCode;
    }

    /// <summary>A log that cannot be completed is only a warning: no report decides how a run ends.</summary>
    private static void Close(RunLog log, Output output)
    {
        try
        {
            log.Dispose();
            if (log.LeftOut > 0) output.WriteProgress($"warning: the log file is large, and {log.LeftOut} lines were omitted.");
        }
        catch (Exception e) when (FileError.Is(e))
        {
            output.WriteProgress($"warning: the log file is incomplete: {e.Message}");
        }
    }

    private static void WriteEnd(Output output, RunSummary summary, RunOutcome outcome, bool isDryRun, string logFile)
    {
        var end = isDryRun ? $"Dry run{(summary.HasBothScopes ? " (installation first)" : "")}, everything rolled back"
            : outcome.Failed.Count > 0 ? "Failed" : outcome.Stopped ? "Stopped" : "Done";
        var left = outcome.Left > 0 ? $", {outcome.Left} left" : "";
        output.WriteResult($"{end}: {Words.Count(outcome.Done, "step")} on {Words.Count(summary.Targets, "target")} " +
            $"in {outcome.Duration.TotalSeconds:0.0} s{left}. Log: {logFile}");
        output.Print(Problem.Together(summary.InOrder(outcome.Failed).Select(lane => lane.Failure!)));
        if (outcome.Hook is { } hook) output.Print([hook]);
        foreach (var name in summary.NotBegun) output.Remark($"not started: {name}");
        if (outcome.Failed.Count > 0)
            output.Remark($"failed: {Words.Count(outcome.Failed.Count, "target")}; " +
                (isDryRun ? "a dry run keeps no changes."
                    // Each failure has already reported what remains of its step, and how to continue.
                    : "committed steps are kept."));
        else if (outcome.Stopped) output.Remark("stopped: to continue, run the same command.");
        if (outcome.Stopped) output.NameSameCommand();
        if (summary.Save is { } save && outcome.ExitCode != 0)
            foreach (var (command, what) in RestoreHint.Of(save, outcome)) output.Remark($"to restore {what}: {command}");
    }
}
