using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// Only the preflight: everything that an upgrade checks before it changes anything, including the modules' constructors. Runs even if
/// nothing is pending.
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
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        using var found = await context.Flow.PrepareAsync(new UpgradeUseCase
        {
            Instances = instances,
            Goal = Goal.Read(context, instances),
            SkipUnreachable = context.Value(shared.SkipUnreachable),
            ChecksEverything = true,
            WrongRequest = context.Problems,
        });
        context.Output.NameServers();
        List<Problem> problems = [.. found.Problems, .. found.NotKnown];
        var (targets, steps) = (found.State.Targets.Count, found.Plan.Lanes.Sum(lane => lane.Count));
        var looked = CheckedSubjects.Of(found).ToList();
        if (context.Output.IsJson)
            context.Output.Json(Outcome.Done, 0, problems, new { Targets = targets, Steps = steps, Checked = looked });
        else context.Output.Print(problems);
        context.Output.WriteResult($"{(problems.Count == 0 ? "No problems" : "An upgrade would start")}: "
            + $"{Words.Count(targets, "target")}, {Words.Count(steps, "step")} pending"
            + $"{(problems.Count == 0 ? "" : $", {Words.Count(problems.Count, "warning")}")}.");
        foreach (var subject in looked) context.Output.WriteResult($"Checked: {subject}.");
        context.Output.WriteResult("Not checked: free space on the servers' disks, which cannot be seen from here.");
        return 0;
    }
}
