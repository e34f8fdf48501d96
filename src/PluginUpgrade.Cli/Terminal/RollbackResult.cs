using System.Globalization;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>What a rollback will undo, would undo, or has undone.</summary>
public static class RollbackResult
{
    /// <summary>How many instances are listed before the question: a fleet may have thousands.</summary>
    private const int Shown = 30;

    private static IEnumerable<string> About(Plan plan) =>
    [
        $"The live {Kinds(plan)} are kept as __failed until purge, with everything written " +
            "since then.",
        "The installation's steps and program files stay as they are.",
    ];

    public static void WouldBe(Output output, Plan plan)
    {
        if (output.IsJson)
        {
            output.Json(Outcome.DryRun, 0, [], new { Targets = plan.Lanes.Select(Document) });
            return;
        }
        foreach (var lane in plan.Lanes)
            foreach (var line in Lines(lane)) output.WriteResult(line);
        foreach (var line in About(plan)) output.WriteResult(line);
        output.WriteResult($"{Words.Count(plan.Lanes.Count(), "instance")} would be rolled back. Nothing was changed.");
    }

    /// <summary>Written before the question, and like the question to standard error.</summary>
    public static void Ask(Output output, Plan plan)
    {
        var count = plan.Lanes.Count();
        foreach (var lane in plan.Lanes.Take(Shown))
            foreach (var line in Lines(lane)) output.WriteProgress(line);
        if (count > Shown) output.WriteProgress($"and {count - Shown} more instances. To list all: the same command with --dry-run");
        foreach (var line in About(plan)) output.WriteProgress(line);
    }

    public static void Tell(Output output, Plan plan, RunOutcome outcome, string logFile)
    {
        var end = outcome.ExitCode == 0 ? "Rolled back" : outcome.Stopped ? "Stopped" : "Failed";
        var left = outcome.Left > 0 ? $", {outcome.Left} not rolled back" : "";
        output.WriteResult(string.Create(CultureInfo.InvariantCulture,
            $"{end}: {Words.Count(outcome.Done, "instance")} in {outcome.Duration.TotalSeconds:0.0} s{left}. Log: {logFile}"));
        output.Print(Problem.Together(outcome.Failed.Select(lane => lane.Failure!)));
        if (outcome.Failed.Count > 0)
            output.Remark($"failed: {Words.Count(outcome.Failed.Count, "instance")}, unchanged; to try only these again: " +
                NextCommand.Of($"rollback{string.Concat(outcome.Failed.Select(lane => $" {lane.Target.Name}"))}"));
        else if (outcome.Stopped) output.Remark("stopped: instances that were not started are unchanged.");
        if (outcome.ExitCode != 0) return;
        var names = plan.Lanes.Select(lane => lane.Target.Name).ToList();
        var which = names.Count <= 4 ? string.Join(' ', names) : "--all";
        output.WriteResult($"Before the next side-by-side upgrade, remove what is kept: {NextCommand.Of($"purge {which}")}");
    }

    private static string Kinds(Plan plan) => string.Join(" and ", plan.Lanes.Select(lane => lane.Target.OwnDatabase).Distinct().Order()
        .Select(isDatabase => isDatabase ? "databases" : "schemas"));

    private static IEnumerable<string> Lines(Lane lane)
    {
        var action = Action(lane);
        yield return $"{lane.Target}: {action.Summary}";
        yield return $"  {Written(action.Written)}";
    }

    /// <summary>Never that nothing was written: the statistics are late.</summary>
    private static string Written(long? rows) => rows switch
    {
        null => "How many rows were written since then is unknown: the statistics were reset.",
        0 => "Rows written since then: statistics show none so far, which can lag.",
        _ => string.Create(CultureInfo.InvariantCulture, $"Rows written since then: about {rows}, by the server's statistics."),
    };

    private static RollBackSwap Action(Lane lane) => (RollBackSwap)lane.Actions[0];

    private static object Document(Lane lane) => new
    {
        Target = $"{lane.Target}",
        lane.Target.Server,
        Database = lane.Target.DatabaseName,
        lane.Target.Schema,
        Action(lane).Component,
        Action(lane).Back,
        Action(lane).Undone,
        Action(lane).UndoneBesides,
        AboutRowsWritten = Action(lane).Written,
        KeptAs = BesideNames.Failed(BesideNames.Live(lane.Target)),
    };
}
