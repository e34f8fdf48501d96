using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What upgrade would do. Changes nothing.</summary>
public static class PlanVerb
{
    private static readonly GoalOptions Goal = new();
    private static readonly ChoiceOptions Choice = new();
    private static readonly SaveOptions Save = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("plan", "Show what upgrade would do: stages, targets, steps, and why a target is refused.")
        {
            SharedOptions.Instances,
        };
        Goal.AddTo(verb);
        Choice.AddTo(verb);
        Save.AddTo(verb);
        verb.Add(shared.SkipUnreachable);
        verb.Add(shared.ExitCode);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = Choice.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var goal = Goal.Read(context, choice);
        var rule = Save.Read(context);
        await using var situation = await context.SituationAsync(choice, goal.InstallationOnly);
        var (plan, problems) = situation.Plan(goal with { Waves = situation.Waves }, context.Value(shared.SkipUnreachable));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.Warn(problems);
        context.Output.Warn(VerbContext.Held(situation).Select(held => held with { Severity = Severity.Warning }));
        var exitCode = context.Value(shared.ExitCode) && !plan.IsEmpty ? 3 : 0;
        var saved = SaveBefore.Of(plan, rule);
        if (context.Output.IsJson) context.Output.Json(Document(plan, saved, problems, exitCode));
        else Print(context.Output, plan, saved);
        return exitCode;
    }

    private static void Print(Output output, Plan plan, IReadOnlyList<Target> saved)
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
        if (saved.Count > 0) output.Say($"Saved before the first step: {Names(saved)}.");
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
        { Module: { } module } => Joined(module.Description, string.Join("; ", Remarks(module).Append(work.Note).Where(r => r.Length > 0))),
        { Note: "--from" } => "baseline: recorded as its start",
        _ => "recorded as reached",
    };

    private static IEnumerable<string> Remarks(UpgradeModule module)
    {
        if (!module.Transactional) yield return "outside a transaction";
        if (module.Irreversible) yield return "irreversible";
    }

    private static string Joined(string description, string note) => note.Length == 0 ? description : $"{description} ({note})";

    private static string Names(IReadOnlyList<Target> targets) =>
        targets.Count <= 4 ? string.Join(", ", targets) : $"{string.Join(", ", targets.Take(3))} and {targets.Count - 3} more";

    private static object Document(Plan plan, IReadOnlyList<Target> saved, IReadOnlyList<Problem> problems, int exitCode) => new
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
                    step.Module?.Transactional,
                    step.Module?.Irreversible,
                    step.Note,
                }),
            }),
        }),
        Saved = saved.Select(target => $"{target}"),
        Problems = problems,
    };
}
