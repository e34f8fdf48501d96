using System.Globalization;
using PluginUpgrade.Restores;
using PluginUpgrade.Running;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>What a restore will replace, would replace, or has replaced.</summary>
public static class RestoreResult
{
    /// <summary>How many targets are listed before the question: a fleet may have thousands.</summary>
    private const int Shown = 30;

    public static void WouldBe(Output output, RestorePlan plan)
    {
        if (output.IsJson)
        {
            output.Json(Outcome.DryRun, 0, [], new
            {
                Save = plan.Save.Id,
                TakenAt = plan.Manifest.StartedAt,
                Targets = plan.Restores.Select(Document),
                NotHeld = plan.NotHeld.Select(target => $"{target}"),
            });
            return;
        }
        output.Table([new("TARGET"), new("PLACE", Drop: 1), new("NOW"), new("BECOMES")], plan.Restores.Select(Cells));
        foreach (var line in About(plan)) output.WriteResult(line);
        output.WriteResult($"{Words.Count(plan.Restores.Count, "target")} would be restored. The save is complete; nothing was changed.");
    }

    /// <summary>Written before the question, and like the question to standard error.</summary>
    public static void Ask(Output output, RestorePlan plan)
    {
        foreach (var restore in plan.Restores.Take(Shown)) output.WriteProgress(Line(restore));
        if (plan.Restores.Count > Shown)
            output.WriteProgress($"and {plan.Restores.Count - Shown} more targets. To list all: the same command with --dry-run");
        foreach (var line in About(plan)) output.WriteProgress(line);
    }

    public static void Tell(Output output, RestorePlan plan, RunOutcome outcome, string logFile)
    {
        var end = outcome.ExitCode == 0 ? "Restored" : outcome.Stopped ? "Stopped" : "Failed";
        var left = outcome.Left > 0 ? $", {outcome.Left} not restored" : "";
        output.WriteResult(string.Create(CultureInfo.InvariantCulture,
            $"{end}: {Words.Count(outcome.Done, "target")} from {plan.Save.Id} " +
            $"in {outcome.Duration.TotalSeconds:0.0} s{left}. Log: {logFile}"));
        output.Print(Problem.Together(outcome.Failed.Select(lane => lane.Failure!)));
        if (outcome.Failed.Count > 0)
            output.Remark($"failed: {Words.Count(outcome.Failed.Count, "target")}, unchanged; " +
                $"to try only these again: {OnlyThese(outcome.Failed, plan.Save.Id)}");
        else if (outcome.Stopped)
            output.Remark("stopped: targets that were not started are unchanged; the same command restores all targets again.");
    }

    private static string OnlyThese(IReadOnlyList<LaneOutcome> failed, string save)
    {
        var installation = failed.Any(lane => lane.Target.Scope == Scope.Installation);
        var names = failed.Where(lane => lane.Target.Scope == Scope.Instance).Select(lane => $" {lane.Target.Name}").ToList();
        // No command line selects the installation together with some instances.
        return NextCommand.Of(installation && names.Count == 0 ? $"restore --installation-only --save {save}"
            : $"restore{(installation ? "" : string.Concat(names))} --save {save}");
    }

    private static IEnumerable<string> About(RestorePlan plan)
    {
        var taken = plan.Manifest.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        yield return $"Save {plan.Save.Id}, taken {taken} on {plan.Manifest.Host.Split(':')[0]}" +
            $"{(plan.Manifest.BeforeUpgrade ? ", before an upgrade" : "")}.";
        if (plan.NotHeld.Count > 0)
            yield return $"Not in this save, and left unchanged: {Problem.Join([.. plan.NotHeld.Select(target => $"{target}")])}.";
    }

    private static string Line(PlannedRestore restore) => $"{restore.Task}: now {Now(restore)} -> {Then(restore)} ({Place(restore)})";

    private static string[] Cells(PlannedRestore restore) => [$"{restore.Task}", Place(restore), Now(restore), Then(restore)];

    private static string Place(PlannedRestore restore) => restore.Task.IsWholeDatabase
        ? $"database {restore.Target.DatabaseName}" : $"{restore.Target.DatabaseName}.{restore.Target.Schema}";

    private static string Now(PlannedRestore restore) => restore.Tables is not { } tables ? "missing"
        : $"{restore.Now?.ToString() ?? "no version"}, {Words.Count(tables, "table")}";

    private static string Then(PlannedRestore restore) => restore.Then ?? "no version";

    private static object Document(PlannedRestore restore) => new
    {
        Target = $"{restore.Target}",
        restore.Target.Scope,
        With = restore.Task.Sharing.Select(other => $"{other}"),
        restore.Target.Server,
        Database = restore.Target.DatabaseName,
        restore.Target.Schema,
        restore.Task.IsWholeDatabase,
        restore.Now,
        restore.Tables,
        restore.Then,
    };
}
