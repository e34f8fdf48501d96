using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// Preflight alone: everything that an upgrade checks before it changes anything, the modules' constructors included. Also where nothing
/// is pending.
/// </summary>
public static class CheckVerb
{
    private static readonly GoalOptions Goal = new();
    private static readonly InstanceFilterOptions InstanceFilter = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("check", "Run only the checks that an upgrade makes before any change.") { SharedOptions.Instances };
        Goal.AddTo(verb);
        InstanceFilter.AddTo(verb);
        verb.Add(shared.SkipUnreachable);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var goal = Goal.Read(context, choice);
        var state = await context.ReadStateAsync(
            choice, goal.InstallationOnly, contents: new ContentsQuestion(Sizes: goal.Atomic));
        var (plan, refused) = state.Plan(goal with { Waves = state.Waves }, context.Value(shared.SkipUnreachable));
        var whole = !choice.OnlyInstances && !goal.InstallationOnly;
        var found = await context.CheckAsync(state, plan, refused, VerbContext.Held(state), everything: true, whole);
        context.Output.NameServers();
        List<Problem> problems = [.. found.Problems, .. found.NotKnown];
        var (targets, steps) = (state.Facts.Count, plan.Lanes.Sum(lane => lane.Count));
        if (context.Output.IsJson) context.Output.Json(new { ExitCode = 0, Targets = targets, Steps = steps, Problems = problems });
        else context.Output.Print(problems);
        context.Output.WriteResult($"{(problems.Count == 0 ? "No problems" : "An upgrade would not be refused")}: "
            + $"{Words.Count(targets, "target")}, {Words.Count(steps, "step")} pending"
            + $"{(problems.Count == 0 ? "" : $", {Words.Count(problems.Count, "warning")}")}.");
        context.Output.WriteResult("Not checked: free space on the servers' disks, which cannot be seen from here.");
        return 0;
    }
}
