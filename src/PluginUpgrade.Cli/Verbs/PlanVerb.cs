using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What upgrade would do. Changes nothing.</summary>
public static class PlanVerb
{
    private static readonly GoalOptions Goal = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("plan", "Show what upgrade would do: stages, targets, steps, and why a target is refused.")
        {
            SharedOptions.Instances,
        };
        Goal.AddTo(verb);
        verb.Add(shared.SkipUnreachable);
        verb.Add(shared.ExitCode);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var names = context.Value(SharedOptions.Instances) ?? [];
        var goal = Goal.Read(context, names);
        await using var situation = await context.SituationAsync(names, goal.InstallationOnly);
        var (plan, problems) = situation.Plan(goal, context.Value(shared.SkipUnreachable));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.Warn(problems);
        context.Output.Warn(VerbContext.Held(situation).Select(held => held with { Severity = Severity.Warning }));
        var exitCode = context.Value(shared.ExitCode) && !plan.IsEmpty ? 3 : 0;
        if (context.Output.IsJson) context.Output.Json(Document(plan, problems, exitCode));
        else Print(context.Output, plan);
        return exitCode;
    }

    private static void Print(Output output, Plan plan)
    {
        if (plan.IsEmpty)
        {
            output.Say("Nothing to do.");
            return;
        }
        output.Table(["STAGE", "TARGETS", "VERSION", "MODULE", "WHAT"], plan.Stages.SelectMany((stage, i) => Rows(stage, i + 1)));
        var steps = Words.Count(plan.Steps.Count(), "step");
        var targets = Words.Count(plan.Steps.Select(step => step.Target).Distinct().Count(), "target");
        output.Say($"{steps} on {targets} in {Words.Count(plan.Stages.Count, "stage")}.");
    }

    /// <summary>Lanes with the same steps are shown together.</summary>
    private static IEnumerable<string[]> Rows(Stage stage, int number) =>
        from lanes in stage.Lanes.GroupBy(
            lane => string.Join('\n', lane.Steps.Select(step => (step.Component, step.Version.Key, step.Note))))
        from step in lanes.First().Steps
        select (string[])
        [
            $"{number}",
            step == lanes.First().Steps[0] ? Names([.. lanes.Select(lane => lane.Target)]) : "",
            $"{step.Version}",
            step.Module is null ? "-" : $"{step.Module}",
            What(step),
        ];

    private static string What(UpgradeStep step) => step switch
    {
        { Module: { } module } => Joined(module.Description, step.Note),
        { Note: "--from" } => "baseline: recorded as its start",
        _ => "recorded as reached",
    };

    private static string Joined(string description, string note) => note.Length == 0 ? description : $"{description} ({note})";

    private static string Names(List<Target> targets) =>
        targets.Count <= 4 ? string.Join(", ", targets) : $"{string.Join(", ", targets.Take(3))} and {targets.Count - 3} more";

    private static object Document(Plan plan, IReadOnlyList<Problem> problems, int exitCode) => new
    {
        Pending = plan.Steps.Count(),
        ExitCode = exitCode,
        Stages = plan.Stages.Select(stage => new
        {
            stage.Name,
            Lanes = stage.Lanes.Select(lane => new
            {
                Target = lane.Target.ToString(),
                lane.Target.Scope,
                lane.Target.Name,
                Steps = lane.Steps.Select(step => new
                {
                    step.Component,
                    step.Version,
                    Module = step.Module?.Name,
                    step.Module?.Sha256,
                    step.Module?.Description,
                    step.Note,
                }),
            }),
        }),
        Problems = problems,
    };
}
