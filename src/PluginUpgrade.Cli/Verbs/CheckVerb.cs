using System.CommandLine;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Preflight alone: everything that an upgrade checks before it changes anything, the modules' constructors included.</summary>
public static class CheckVerb
{
    private static readonly GoalOptions Goal = new();
    private static readonly ChoiceOptions Choice = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("check", "Check all that an upgrade checks before it changes anything.") { SharedOptions.Instances };
        Goal.AddTo(verb);
        Choice.AddTo(verb);
        verb.Add(shared.SkipUnreachable);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = Choice.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var goal = Goal.Read(context, choice);
        await using var situation = await context.SituationAsync(choice, goal.InstallationOnly);
        var (plan, found) = situation.Plan(goal with { Waves = situation.Waves }, context.Value(shared.SkipUnreachable));
        var loaded = ModuleLoader.Load(plan.Modules, situation.Settings.Run.StepTimeout);
        var broken = loaded.Problems.Select(problem => problem.Problem).Distinct();
        List<Problem> problems = [.. found, .. VerbContext.Held(situation), .. broken];
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        var (targets, steps) = (situation.Facts.Count, plan.Lanes.Sum(lane => lane.Count));
        if (context.Output.IsJson) context.Output.Json(new { ExitCode = 0, Targets = targets, Steps = steps, Problems = problems });
        context.Output.Print(context.Output.IsJson ? [] : problems);
        context.Output.Say($"No problems: {Words.Count(targets, "target")}, {Words.Count(steps, "step")} pending.");
        return 0;
    }
}
