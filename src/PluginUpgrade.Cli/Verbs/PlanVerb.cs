using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What upgrade would do. Changes nothing.</summary>
public static class PlanVerb
{
    private static readonly GoalOptions Goal = new();
    private static readonly ChoiceOptions Choice = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("plan", "Show what upgrade would do: stages, targets, steps, and why a target is refused.")
        {
            SharedOptions.Instances,
        };
        Goal.AddTo(verb);
        Choice.AddTo(verb);
        verb.Add(shared.SkipUnreachable);
        verb.Add(shared.ExitCode);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = Choice.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var goal = Goal.Read(context, choice);
        await using var situation = await context.SituationAsync(choice, goal.InstallationOnly);
        var (plan, problems) = situation.Plan(goal with { Waves = situation.Waves }, context.Value(shared.SkipUnreachable));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.Warn(problems);
        context.Output.Warn(VerbContext.Held(situation).Select(held => held with { Severity = Severity.Warning }));
        var exitCode = context.Value(shared.ExitCode) && !plan.IsEmpty ? 3 : 0;
        var hooks = situation.Settings.Hooks;
        if (context.Output.IsJson) context.Output.Json(Document(plan, problems, hooks, exitCode));
        else Print(context.Output, plan, hooks);
        return exitCode;
    }

    private static void Print(Output output, Plan plan, OperatorHooks hooks)
    {
        if (plan.IsEmpty)
        {
            output.Say("Nothing to do.");
            return;
        }
        output.Table(["STAGE", "TARGETS", "VERSION", "MODULE", "WHAT"], plan.Stages.SelectMany((stage, i) => Rows(stage, i + 1)));
        var steps = Words.Count(plan.Lanes.Sum(lane => lane.Count), "step");
        var targets = Words.Count(plan.Lanes.Select(lane => lane.Target).Distinct().Count(), "target");
        output.Say($"{steps} on {targets} in {Words.Count(plan.Stages.Count, "stage")}.");
        foreach (var (name, hook) in hooks.All) output.Say($"hook {name}, at most {hook.Limit}: {hook.Command}");
    }

    /// <summary>Lanes with the same steps are shown together.</summary>
    private static IEnumerable<string[]> Rows(Stage stage, int number) =>
        from lanes in stage.Lanes.GroupBy(lane => lane.Work)
        from work in lanes.Key
        select (string[])
        [
            $"{number}",
            work == lanes.Key[0] ? Names([.. lanes.Select(lane => lane.Target)]) : "",
            work.Gate is null ? $"{work.Version}" : "-",
            work.Module is null ? "-" : $"{work.Module}",
            What(work),
        ];

    private static string What(Work work) => work switch
    {
        { Gate: { } gate } => gate.Query is not null ? $"gate: {gate.Query}" : $"gate: {gate.Command}",
        { Module: { } module } => Joined(module.Description, work.Note),
        { Note: "--from" } => "baseline: recorded as its start",
        _ => "recorded as reached",
    };

    private static string Joined(string description, string note) => note.Length == 0 ? description : $"{description} ({note})";

    private static string Names(List<Target> targets) =>
        targets.Count <= 4 ? string.Join(", ", targets) : $"{string.Join(", ", targets.Take(3))} and {targets.Count - 3} more";

    private static object Document(Plan plan, IReadOnlyList<Problem> problems, OperatorHooks hooks, int exitCode) => new
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
        Hooks = hooks.All.Select(one => new { one.Name, one.Hook.Command, Timeout = one.Hook.Limit }),
        Problems = problems,
    };
}
