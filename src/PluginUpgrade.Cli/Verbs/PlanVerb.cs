using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;

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
        verb.Add(FilesOnly.Option);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = Choice.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var goal = Goal.Read(context, choice);
        var rule = Save.Read(context);
        if (context.Value(FilesOnly.Option)) return await FilesOnly.RunAsync(context, shared, choice, goal, changes: false);
        await using var situation = await context.SituationAsync(choice, goal.InstallationOnly);
        var (plan, problems) = situation.Plan(goal with { Waves = situation.Waves }, context.Value(shared.SkipUnreachable));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.NameServers(isResult: true);
        context.Output.Warn(problems);
        context.Output.Warn(VerbContext.Held(situation).Select(held => held with { Severity = Severity.Warning }));
        return Show(context, shared, situation, plan, problems, SaveBefore.Of(plan, rule), situation.Settings.Hooks);
    }

    /// <param name="saved">What is saved before the first step.</param>
    public static int Show(
        VerbContext context, SharedOptions shared, Situation situation, Plan plan, IReadOnlyList<Problem> problems,
        IReadOnlyList<Target> saved, OperatorHooks hooks)
    {
        var exitCode = context.Value(shared.ExitCode) && !plan.IsEmpty ? 3 : 0;
        if (context.Output.IsJson) context.Output.Json(Document(plan, saved, problems, situation.Files.Effect, hooks, exitCode));
        else Print(context.Output, plan, saved, situation.Files.Effect, hooks);
        return exitCode;
    }

    private static void Print(
        Output output, Plan plan, IReadOnlyList<Target> saved, PayloadEffect? files, OperatorHooks hooks)
    {
        if (plan.IsEmpty)
        {
            output.Say("Nothing to do.");
            return;
        }
        output.Table(["STAGE", "TARGETS", "VERSION", "MODULE", "WHAT"], plan.Stages.SelectMany((stage, i) => Rows(stage, i + 1, files)));
        var steps = Words.Count(plan.Lanes.Sum(lane => lane.Count), "step");
        var targets = Words.Count(plan.Lanes.Select(lane => lane.Target).Distinct().Count(), "target");
        if (plan.Steps.All(step => step.OnlyRecords)) output.Say("Nothing will be run: versions are only recorded.");
        output.Say($"{steps} on {targets} in {Words.Count(plan.Stages.Count, "stage")}.");
        if (saved.Count > 0) output.Say($"Saved before the first step: {Names(saved)}.");
        foreach (var (name, hook) in hooks.All) output.Say($"hook {name}, at most {hook.Limit}: {hook.Command}");
    }

    /// <summary>Lanes with the same steps are shown together.</summary>
    private static IEnumerable<string[]> Rows(Stage stage, int number, PayloadEffect? files) =>
        from lanes in stage.Lanes.GroupBy(lane => lane.Work)
        from work in lanes.Key
        select (string[])
        [
            $"{number}",
            work == lanes.Key[0] ? Names([.. lanes.Select(lane => lane.Target)]) : "",
            work.Gate is null ? $"{work.Version}" : "-",
            work.Payload is not null ? Payload.Component : work.Module is null ? "-" : $"{work.Module}",
            What(work, files),
        ];

    private static string What(Work work, PayloadEffect? files) => work switch
    {
        { Payload: not null } => Joined(files is null ? "program files" : PayloadStep.Summary(files), work.Note),
        { Gate: { } gate } => gate.Query is not null ? $"gate: {gate.Query}" : $"gate: {gate.Command}",
        { Module: { } module } => Joined(module.Description, string.Join("; ", Remarks(module).Append(work.Note).Where(r => r.Length > 0))),
        { Note: "--from" } => "baseline: recorded as its start",
        _ => "recorded as reached: nothing is run",
    };

    private static IEnumerable<string> Remarks(UpgradeModule module)
    {
        if (!module.Transactional) yield return "outside a transaction";
        if (module.Irreversible) yield return "irreversible";
    }

    private static string? Named(string text) => text.Length > 0 ? text : null;

    private static string Joined(string description, string note) => note.Length == 0 ? description : $"{description} ({note})";

    private static string Names(IReadOnlyList<Target> targets) =>
        targets.Count <= 4 ? string.Join(", ", targets) : $"{string.Join(", ", targets.Take(3))} and {targets.Count - 3} more";

    private static object Document(
        Plan plan, IReadOnlyList<Target> saved, IReadOnlyList<Problem> problems, PayloadEffect? files, OperatorHooks hooks,
        int exitCode) => new
        {
            Pending = plan.Steps.Count(),
            OnlyRecords = plan.Steps.Count(step => step.OnlyRecords),
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
                        Module = Named(step.ModuleName),
                        Sha256 = Named(step.Sha256),
                        step.Module?.Description,
                        step.Module?.Transactional,
                        step.Module?.Irreversible,
                        step.Note,
                    }),
                }),
            }),
            Saved = saved.Select(target => $"{target}"),
            ProgramFiles = files,
            Hooks = hooks.All.Select(one => new { one.Name, one.Hook.Command, Timeout = one.Hook.Limit }),
            Problems = problems,
        };
}
