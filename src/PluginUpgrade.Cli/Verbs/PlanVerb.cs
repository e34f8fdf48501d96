using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Shows what an upgrade would do. Changes nothing.</summary>
public static class PlanVerb
{
    private static readonly Column[] Columns =
        [new("STAGE"), new("TARGETS", Wraps: true), new("VERSION"), new("MODULE", Drop: 1), new("WHAT", Wraps: true)];

    private static readonly GoalOptions Goal = new();
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly SaveOptions Save = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("plan", "Show what an upgrade would do: stages, targets and steps, and why it refuses a target.")
        {
            SharedOptions.Instances,
        };
        Goal.AddTo(verb);
        InstanceFilter.AddTo(verb);
        Save.AddTo(verb);
        verb.Add(shared.SkipUnreachable);
        verb.Add(shared.ExitCode);
        verb.Add(PlanOptions.Out);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var useCase = new UpgradeUseCase
        {
            Instances = instances,
            Goal = Goal.Read(context, instances),
            Save = Save.Read(context),
            SkipUnreachable = context.Value(shared.SkipUnreachable),
            WrongRequest = context.Problems,
        };
        var state = await context.Flow.ReadAsync(
            new InstallationQuestion(instances, context.Problems)
            {
                InstallationOnly = useCase.Goal.InstallationOnly,
                OffersInstallationOnly = true,
            });
        var (plan, problems) = useCase.Plan(state);
        if (problems.HaveErrors()) throw new UpgradeException(Problem.Together(problems));
        (plan, var large) = await UpgradeUseCase.MeasureAsync(plan, state, context.Signals.Stop);
        if (large.HaveErrors()) throw new UpgradeException(Problem.Together([.. problems, .. large]));
        if (context.Value(PlanOptions.Out) is { } file)
            PlanOptions.Write(file, useCase.FileOf(plan, state, TimeProvider.System.GetUtcNow()));
        context.Output.NameServers(isResult: true);
        context.Output.Warn(problems);
        context.Output.Warn(state.Held().Select(held => held with { Severity = Severity.Warning }));
        return Show(context, context.Value(shared.ExitCode), plan, problems, SaveBefore.Of(plan, useCase.Save), state.Settings.Hooks);
    }

    /// <param name="tellsPending">Whether the exit code is 3 if something is pending.</param>
    /// <param name="saved">What is saved before the first step.</param>
    public static int Show(
        VerbContext context, bool tellsPending, Plan plan, IReadOnlyList<Problem> problems, IReadOnlyList<Target> saved,
        OperatorHooks hooks)
    {
        var exitCode = tellsPending && !plan.IsEmpty ? 3 : 0;
        if (context.Output.IsJson) context.Output.Json(
            plan.IsEmpty ? Outcome.NothingToDo : Outcome.Pending, exitCode, problems, Document(plan, saved, hooks));
        else Print(context.Output, plan, saved, hooks);
        return exitCode;
    }

    private static void Print(Output output, Plan plan, IReadOnlyList<Target> saved, OperatorHooks hooks)
    {
        if (plan.IsEmpty)
        {
            output.WriteResult("Nothing to do.");
            return;
        }
        output.Table(Columns, plan.Stages.SelectMany((stage, i) => Rows(stage, i + 1)));
        var steps = Words.Count(plan.Lanes.Sum(lane => lane.Count), "step");
        var targets = Words.Count(plan.Lanes.Select(lane => lane.Target).Distinct().Count(), "target");
        if (plan.Steps.All(step => step.OnlyRecords)) output.WriteResult("No module will run: versions are only recorded.");
        output.WriteResult($"{steps} on {targets} in {Words.Count(plan.Stages.Count, "stage")}.");
        if (saved.Count > 0) output.WriteResult($"Will be saved before the first step: {PlanSummary.Names(saved)}.");
        foreach (var (name, hook) in hooks.All) output.WriteResult($"hook {name}, limit {hook.Limit}: {hook.Command}");
    }

    /// <summary>Lanes with the same steps are shown together.</summary>
    private static IEnumerable<string[]> Rows(Stage stage, int number) =>
        from lanes in PlanSummary.Alike(stage)
        from action in lanes[0].Actions
        select (string[])
        [
            $"{number}",
            action == lanes[0].Actions[0] ? PlanSummary.Names([.. lanes.Select(lane => lane.Target)]) : "",
            action.ShownVersion is { } version ? $"{version}" : "-",
            action.Subject.Length > 0 ? action.Subject : "-",
            action is SideBySideAction side ? $"{side.Part}: {action.Description}" : action.Description,
        ];

    private static string? Named(string? text) => text is { Length: > 0 } ? text : null;

    private static object Document(Plan plan, IReadOnlyList<Target> saved, OperatorHooks hooks) => new
    {
        Pending = plan.Steps.Count(),
        OnlyRecords = plan.Steps.Count(step => step.OnlyRecords),
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
                    step.Action.Kind,
                    Module = Named(step.Action.Entry?.Module ?? step.Action.Runs?.Name),
                    Sha256 = Named(step.Action.Entry?.Sha256 ?? step.Action.Runs?.Sha256),
                    Description = step.Action.Summary,
                    Transactional = step.Action.IsTransactional,
                    Irreversible = step.Action.IsIrreversible,
                    step.Action.Waits,
                    Carries = step.Action is SwapSchemas { Module.Carries: { Count: > 0 } tables } ? tables : null,
                    Note = step.Action.Entry?.Note ?? "",
                }),
            }),
        }),
        Saved = saved.Select(target => $"{target}"),
        ProgramFiles = plan.Actions.OfType<InstallFiles>().FirstOrDefault()?.Effect,
        Hooks = hooks.All.Select(one => new { one.Name, one.Hook.Command, Timeout = one.Hook.Limit }),
    };
}
