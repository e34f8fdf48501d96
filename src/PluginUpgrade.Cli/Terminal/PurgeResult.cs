using System.Globalization;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>What a purge will remove, would remove, or has removed.</summary>
public static class PurgeResult
{
    /// <summary>How many instances are listed before the question: a fleet may have thousands.</summary>
    private const int Shown = 30;

    public static void WouldBe(Output output, Plan plan, InstallationState state)
    {
        var kept = Kept(plan, state).ToList();
        if (output.IsJson)
        {
            output.Json(Outcome.DryRun, 0, [], new
            {
                Targets = kept.GroupBy(one => one.Target).Select(group => new
                {
                    Target = $"{group.Key}",
                    group.Key.Server,
                    Database = group.Key.DatabaseName,
                    Kept = group.Select(KeptList.Document),
                }),
            });
            return;
        }
        KeptList.Print(output, kept);
        output.WriteResult($"{KeptList.Total(kept)} would be removed. Nothing was changed.");
    }

    /// <summary>Written before the question, and like the question to standard error.</summary>
    public static void Ask(Output output, Plan plan, InstallationState state)
    {
        var kept = Kept(plan, state).ToList();
        foreach (var one in kept.Take(Shown)) output.WriteProgress(KeptList.Line(one));
        if (kept.Count > Shown)
            output.WriteProgress($"and {kept.Count - Shown} more. To list all: the same command with --dry-run");
        output.WriteProgress($"{KeptList.Total(kept)} will be removed.");
    }

    public static void Tell(Output output, RunOutcome outcome, string logFile)
    {
        var end = outcome.ExitCode == 0 ? "Removed" : outcome.Stopped ? "Stopped" : "Failed";
        var left = outcome.Left > 0 ? $", {outcome.Left} left" : "";
        output.WriteResult(string.Create(CultureInfo.InvariantCulture,
            $"{end}: what was kept of {Words.Count(outcome.Done, "instance")}, in {outcome.Duration.TotalSeconds:0.0} s{left}. " +
            $"Log: {logFile}"));
        output.Print(Problem.Together(outcome.Failed.Select(lane => lane.Failure!)));
        if (outcome.Failed.Count > 0)
            output.Remark($"failed: {Words.Count(outcome.Failed.Count, "instance")}, of which everything is kept; " +
                "the same command tries again.");
        else if (outcome.Stopped) output.Remark("stopped: to continue, run the same command.");
    }

    private static IEnumerable<KeptOf> Kept(Plan plan, InstallationState state)
    {
        var names = plan.Lanes.ToDictionary(lane => (lane.Target.Database, lane.Target.Schema), lane => ((PurgeKept)lane.Actions[0]).Names);
        return KeptList.Of(state.Instances).Where(one =>
            names.TryGetValue((one.Target.Database, one.Target.Schema), out var some) && some.Contains(one.Kept.Name));
    }
}
